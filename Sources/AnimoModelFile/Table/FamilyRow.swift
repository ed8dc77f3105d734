import AnimoMotion

/// Facts for reading and making a model file of one family: a row of the table of families.
package struct FamilyRow: Sendable {
    /// The family.
    package let family: ModelFamily
    /// As a message names one, such as "an AniMo".
    package let title: String
    /// Prefixes of its tensors' names: those of no domain, and those below `anime.` or `vox.`.
    package let shared: [String]
    /// Prefixes of its networks' tensors below a domain.
    package let networks: [String]
    /// Domains it can be of; the first one is meant where nothing else is said. None of a family that renders nothing.
    package let domains: [Domain]
    /// Indicates whether one file can hold several domains.
    package var hasManyDomains = false
    /// Its facts where the file does not say otherwise.
    package let facts: ModelFacts
    /// Facts that a file may state otherwise.
    package var free: Set<ModelFacts.Field> = []
    /// Sides of its pictures are multiples of this.
    package var sizeStep = 32
    /// The one side its networks can be of, where it is fixed.
    package var nativeSize: Int?
    /// The numbers that pose it, where those are its own; nil for the standard 20.
    package var layout: PoseLayout?
    /// Place of the face in its pictures, where that is its own; nil for the usual one of the domain.
    package var framing: HeadFraming?
    /// Form in which its weights are published.
    package let publication: Publication
    /// The side of its pictures, where the tensors' shapes alone decide it.
    var side: @Sendable (TensorShapes, [Domain]) -> Int? = { _, _ in nil }
    /// Tensors it must have, given the shapes of all tensors of a file and the domains in it.
    package let requirement: @Sendable (TensorShapes, [Domain]) -> TensorRequirement
    /// Kinds of drivers it takes, given the names of the parts beside it and whether there is a pose basis.
    package let drivers: @Sendable (_ parts: Set<String>, _ hasBasis: Bool) -> [String]

    /// The table of families.
    package static let all: [FamilyRow] = [
        .animo, .pirenderer, .pirendererAnime, .firstOrderMotion, .latentPose, .talkingHead3, .tracker,
    ]

    /// Returns the row of a family.
    package static func row(of family: ModelFamily) -> FamilyRow? { all.first { $0.family == family } }

    /// Indicates whether the family's authors use a running average of the weights, which they publish first.
    var usesAverage: Bool {
        publication.copies.first.map { $0.contains("ema") || $0.contains("average") } ?? false
    }

    /// Indicates whether it renders heads, and so has domains, channels and facts of arithmetic.
    package var canRender: Bool { !domains.isEmpty }

    /// Returns whether a tensor of this name is the family's own.
    package func isOwn(_ name: String) -> Bool {
        shared.contains { name.hasPrefix($0) } || Domain.allCases.contains { isOwn(name, of: $0) }
    }

    /// Returns whether a tensor of this name belongs to the family's networks of `domain`.
    package func isOwn(_ name: String, of domain: Domain) -> Bool {
        networks.contains { name.hasPrefix("\(domain.rawValue).\($0)") }
    }

    /// Returns whether its networks can be made for pictures of a side.
    func takes(nativeSize side: Int) -> Bool {
        nativeSize.map { $0 == side } ?? side.isMultiple(of: sizeStep)
    }

    /// The sides its networks can be made for, in words.
    var nativeSizes: String { nativeSize.map { "\($0)" } ?? "a multiple of \(sizeStep) up to 4096" }

    /// Ways to drive by motions and by what reads motions off frames, which families of 3DMM motions share.
    package static func motionDrivers(_ parts: Set<String>, _ hasBasis: Bool) -> [String] {
        var drivers = ["motions"]
        if hasBasis { drivers.append("poses by pose_basis") }
        for (part, frames) in [("anime.estimator", "anime"), ("vox.estimator", "vox"), ("deep3d", "vox")]
        where parts.contains(part) { drivers.append("\(frames) frames by \(part)") }
        if hasBasis, parts.contains("edtn") {
            drivers.append("FLAME coefficients by edtn")
            if parts.contains("deca") { drivers.append("vox frames by deca and edtn") }
        }
        return drivers
    }
}
