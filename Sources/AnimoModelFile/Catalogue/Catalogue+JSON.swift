import AnimoJSON

extension Catalogue {
    /// A catalogue as JSON: `{"entries": [{name, title, licence, notice, …, origins, files}]}`, the names of the fields
    /// those of this program's own.
    ///
    /// - Throws: where a field is missing or of another kind.
    package init(parsing text: [UInt8]) throws(ModelFileError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch {
            throw Self.fault("expected JSON: \(error.message)", cause: error)
        }
        guard let list = value.objectValue?["entries"]?.arrayValue else { throw Self.fault("expected entries") }
        var entries: [CatalogueEntry] = []
        for item in list {
            guard let object = item.objectValue else { throw Self.fault("expected objects as entries") }
            entries.append(try CatalogueEntry(object))
        }
        self.init(entries: entries, elsewhere: [])
    }

    fileprivate static func fault(_ message: String, cause: (any Error)? = nil) -> ModelFileError {
        ModelFileError(.metadata, "catalogue: \(message)", cause: cause)
    }
}

extension CatalogueEntry {
    fileprivate init(_ object: JSONObject) throws(ModelFileError) {
        func text(_ name: String, of object: JSONObject) throws(ModelFileError) -> String {
            guard let text = object[name]?.stringValue, !text.isEmpty else {
                throw Catalogue.fault("expected text as \(name)")
            }
            return text
        }
        var origins: [Origin] = []
        for item in object["origins"]?.arrayValue ?? [] {
            let origin = item.objectValue ?? JSONObject()
            origins.append(
                Origin(
                    package: try text("package", of: origin), version: try text("version", of: origin),
                    sha256: try text("sha256", of: origin)))
        }
        var files: [File] = []
        for item in object["files"]?.arrayValue ?? [] {
            let file = item.objectValue ?? JSONObject()
            guard let bytes = file["bytes"]?.integerValue, bytes > 0 else {
                throw Catalogue.fault("expected a number above 0 as bytes")
            }
            files.append(
                File(name: try text("name", of: file), bytes: bytes, sha256: try text("sha256", of: file)))
        }
        let name = try text("name", of: object)
        guard name.utf8.allSatisfy({ (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }) else {
            throw Catalogue.fault("expected small letters and digits as name")
        }
        self.init(
            name: name, title: try text("title", of: object), summary: try text("summary", of: object),
            licence: try text("licence", of: object),
            notice: (object["notice"]?.arrayValue ?? []).compactMap(\.stringValue),
            creator: try text("creator", of: object), link: try text("link", of: object),
            licenceLink: try text("licence_link", of: object), changes: try text("changes", of: object),
            origins: origins, files: files)
    }
}
