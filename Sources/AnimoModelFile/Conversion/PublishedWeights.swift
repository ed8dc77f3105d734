import AnimoCheckpoint

/// The weights of a network among all tensors of a checkpoint, with what training scripts put around them taken off.
///
/// Scripts keep weights in dictionaries of their own ("model_state_dict", "params_ema"), and wrappers of PyTorch's put
/// a word before every name ("module." of DataParallel, "_orig_mod." of compiled modules). Behind both the names are as
/// published.
struct PublishedWeights: Sendable {
    /// The tensors by their published names.
    let archive: ArrayArchive
    /// The copy of the weights to take, see ``Publication/copies``.
    let copy: String
    /// The dictionaries they lay in, joined with dots; empty: none.
    let dictionary: String
    /// Words that stood before names of the weights and were left out.
    let words: [String]
    /// Whether other copies of the weights lie beside the one that is taken.
    var isOneOfSeveral = false

    /// `the weights in "model_state_dict", names without "module."`; nil where nothing was around them, nor another
    /// copy beside them.
    var note: String? {
        var parts: [String] = []
        if isOneOfSeveral, let place {
            parts.append("the weights in \"\(place)\"")
        } else if !dictionary.isEmpty, dictionary != "state_dict" {
            parts.append("the weights in \"\(dictionary)\"")
        }
        if !words.isEmpty { parts.append("names without " + words.map { "\"\($0).\"" }.joined(separator: " and ")) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// Place of the weights in the checkpoint, for people; nil where they are all of it.
    var place: String? {
        let path = [dictionary, copy.hasSuffix(".") ? String(copy.dropLast()) : copy].filter { !$0.isEmpty }
        return path.isEmpty ? nil : path.joined(separator: ".")
    }
}

extension PublishedWeights {
    /// Dictionaries around weights, or around the networks' own dictionaries; true where they hold a running average.
    private static let dictionaries: [String: Bool] = [
        "state_dict": false, "model_state_dict": false, "model_state": false, "model": false, "net": false,
        "network": false, "params": false, "weights": false, "online_model": false, "ema": true, "ema_model": true,
        "model_ema": true, "net_ema": true, "params_ema": true, "state_dict_ema": true, "ema_state_dict": true,
        "model_state_dict_ema": true, "shadow": true, "averaged_model": true,
    ]
    /// Words before names, which may also stand within a network's dictionary.
    private static let wrappers: Set<String> = ["module", "_orig_mod"]
    /// Number of a name's parts in which words are looked for.
    private static let depth = 5

    /// The tensors that lie in one dictionary.
    private struct Candidate {
        var archive: ArrayArchive
        var dictionary: String
        /// Words left out of names, by what is left of the name.
        var words: [String: Set<String>] = [:]
        var isAverage: Bool
        /// Names that two tensors would have without what is around them.
        var isAmbiguous = false
    }

    /// Every dictionary of a checkpoint that may hold weights, its names without what is around them, the plainest
    /// first; then the checkpoint as it is, lest a network's own names begin with such a word.
    private static func candidates(_ archive: ArrayArchive) -> [Candidate] {
        var found: [String: Candidate] = [:]
        func place(_ name: String) -> (dictionary: String, name: String) {
            var components = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            var around: [String] = []
            var words: Set<String> = []
            while around.count < 3, components.count > 1,
                dictionaries[components[0]] != nil || wrappers.contains(components[0])
            {
                let word = components.removeFirst()
                if wrappers.contains(word) { words.insert(word) } else { around.append(word) }
            }
            let beginning = components.dropLast().prefix(depth)
            words.formUnion(beginning.filter(wrappers.contains))
            let rest = beginning.filter { !wrappers.contains($0) } + components.dropFirst(beginning.count)
            let dictionary = around.joined(separator: ".")
            let isAverage = around.contains { dictionaries[$0] == true }
            let short = rest.joined(separator: ".")
            found[
                dictionary,
                default: Candidate(archive: ArrayArchive(), dictionary: dictionary, isAverage: isAverage)
            ].words[short] = words.isEmpty ? nil : words
            return (dictionary, short)
        }
        for (name, array) in archive.arrays {
            let (dictionary, short) = place(name)
            let twin = found[dictionary]?.archive.arrays.updateValue(array.renamed(short), forKey: short)
            if twin != nil { found[dictionary]?.isAmbiguous = true }
        }
        for (name, kind) in archive.unread {
            let (dictionary, short) = place(name)
            found[dictionary]?.archive.unread[short] = kind
        }
        return found.values.sorted { ($0.dictionary.count, $0.dictionary) < ($1.dictionary.count, $1.dictionary) }
            + [Candidate(archive: archive, dictionary: "", isAverage: false)]
    }

    /// A network's weights as `publication` names them.
    ///
    /// - Parameter prefersAverage: take a running average where there is one beside the last weights.
    static func find(
        _ publication: Publication, in archive: ArrayArchive, prefersAverage: Bool
    ) -> PublishedWeights? {
        find([publication], in: candidates(archive)) { _ in prefersAverage }?.weights
    }

    /// The first family of the table whose published names are among the tensors.
    static func find(in archive: ArrayArchive) -> (row: FamilyRow, weights: PublishedWeights)? {
        let rows = FamilyRow.all
        let found = find(rows.map(\.publication), in: candidates(archive)) { rows[$0].usesAverage }
        return found.map { (rows[$0.index], $0.weights) }
    }

    private static func find(
        _ publications: [Publication], in candidates: [Candidate], prefersAverage: (Int) -> Bool
    ) -> (index: Int, weights: PublishedWeights)? {
        for (index, publication) in publications.enumerated() {
            let fitting = candidates.compactMap { candidate -> (candidate: Candidate, copy: String)? in
                guard !candidate.isAmbiguous else { return nil }
                let names = Array(candidate.archive.arrays.keys) + candidate.archive.unread.keys
                return publication.copy(in: names).map { (candidate, $0) }
            }
            let wanted = fitting.first { $0.candidate.isAverage == prefersAverage(index) } ?? fitting.first
            if let (candidate, copy) = wanted {
                let words = candidate.words.filter { $0.key.hasPrefix(copy) }.values
                let others = publication.copies.filter { !$0.isEmpty && !$0.hasPrefix(copy) && !copy.hasPrefix($0) }
                let isOneOfSeveral = candidate.archive.arrays.keys.contains { name in
                    others.contains(where: name.hasPrefix)
                }
                return (
                    index,
                    PublishedWeights(
                        archive: candidate.archive, copy: copy, dictionary: candidate.dictionary,
                        words: Set(words.joined()).sorted(), isOneOfSeveral: isOneOfSeveral)
                )
            }
        }
        return nil
    }
}
