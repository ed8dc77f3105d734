import AnimoCheckpoint

/// A network that may lie beside any family's in a model file: a row of the table of parts.
package struct PartRow: Sendable {
    /// As `--part` names it.
    package let name: String
    /// Prefix of its tensors' names in a model file.
    package let prefix: String
    /// Form in which its weights are published.
    package let publication: Publication
    /// Given the shapes of all tensors of a model file.
    package let requirement: @Sendable (TensorShapes) -> TensorRequirement

    /// The table of parts.
    package static let all: [PartRow] = [.estimator(.anime), .estimator(.vox), .deep3D, .deca, .edtn, .face]

    /// Returns the row of a part by its name; nil where there is none.
    package static func row(named name: String) -> PartRow? { all.first { $0.name == name || $0.prefix == "\(name)." } }

    /// The part whose published names are among a checkpoint's.
    static func publishing(_ archive: ArrayArchive) -> PartRow? {
        all.first { PublishedWeights.find($0.publication, in: archive, prefersAverage: false) != nil }
    }

    /// Returns whether a tensor of this name belongs to the part.
    package func isOwn(_ name: String) -> Bool { name.hasPrefix(prefix) }
}
