import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// Form in which the weights of a family or a part are published: dictionary and names.
package struct Publication: Sendable {
    /// Prefixes of every name of one copy of the weights, the copy to take first.
    package let copies: [String]
    /// Prefixes of the published names behind the copy's, and their replacements in a model file.
    package let networks: @Sendable (Domain) -> [(published: String, model: String)]
    /// Beginnings of names that show, behind what a copy begins with, that this is it.
    package let signs: [String]
    /// The files it is published in, one network each, where the names of several are the same.
    package var files: [PublishedFile] = []
    /// Tensors that are published and never computed with, by the name a model file would give them.
    package var isUnused: @Sendable (String) -> Bool = { _ in false }

    /// The copy of the weights to take among all tensors of a checkpoint; nil where there is none.
    package func copy(in names: some Sequence<String>) -> String? {
        let found = Set(
            names.flatMap { name in
                copies.filter { copy in
                    name.hasPrefix(copy) && signs.contains { name.dropFirst(copy.count).hasPrefix($0) }
                }
            })
        return copies.first { found.contains($0) }
    }

    /// Returns a tensor's name in a model file, and nil for one that a model file does not hold.
    ///
    /// - Parameter name: as published, behind what its copy begins with.
    package func modelName(_ name: String, domain: Domain) -> String? {
        for network in networks(domain) where name.hasPrefix(network.published) {
            let modelName = network.model + name.dropFirst(network.published.count)
            return isUnused(modelName) || modelName.hasSuffix(".num_batches_tracked") ? nil : modelName
        }
        return nil
    }

    /// The tensors of one copy, by the names of a model file.
    ///
    /// - Parameter isKnown: whether a name is one of a model file already.
    package func arrays(
        of archive: ArrayArchive, copy: String, domain: Domain, isKnown: (String) -> Bool
    ) throws(ModelFileError) -> [String: NamedArray] {
        var taken: [String: NamedArray] = [:]
        for (name, array) in archive.arrays where name.hasPrefix(copy) {
            let rest = String(name.dropFirst(copy.count))
            let isOurs = isKnown(rest) && !isUnused(rest) && !rest.hasSuffix(".num_batches_tracked")
            guard let modelName = modelName(rest, domain: domain) ?? (isOurs ? rest : nil) else { continue }
            guard taken.updateValue(array.renamed(modelName), forKey: modelName) == nil else {
                throw ModelFileError(.tensors, "tensor \(modelName.quotedForMessage) is given under two names")
            }
        }
        return taken
    }

    /// Stored types of skipped tensors of one copy, by the names of a model file.
    func unread(of archive: ArrayArchive, copy: String, domain: Domain) -> [String: String] {
        var kinds: [String: String] = [:]
        for (name, kind) in archive.unread where name.hasPrefix(copy) {
            let rest = String(name.dropFirst(copy.count))
            kinds[modelName(rest, domain: domain) ?? rest] = kind
        }
        return kinds
    }
}

/// One of several files that a family's weights are published in.
package struct PublishedFile: Sendable {
    /// As published, without the ending: `editor`.
    package let name: String
    /// Tensors that this file alone has together.
    package let signs: Set<String>
    /// Prefix of its tensors' names in a model file.
    package let prefix: String
}
