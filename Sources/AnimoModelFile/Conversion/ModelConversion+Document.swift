import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// The metadata of converted files.
extension ModelConversion {
    /// Returns the metadata of the input, where it is a model file already.
    static func metadata(of archive: ArrayArchive) -> JSONObject {
        guard let text = archive.metadata[ModelMetadata.key], let value = try? JSONValue(parsing: text.utf8) else {
            return JSONObject()
        }
        return value.objectValue ?? JSONObject()
    }

    /// Returns the metadata of the file that conversion makes.
    ///
    /// - Throws: where the size that was asked for is none that the family renders.
    static func document(
        _ row: FamilyRow, _ inventory: TensorInventory, _ carried: JSONObject, _ options: Options,
        _ origin: JSONValue?
    ) throws(ModelFileError) -> JSONObject {
        let asked = options.nativeSize ?? carried["native_size"]?.integerValue ?? row.nativeSize ?? usualSize
        let size = inventory.side ?? asked
        guard inventory.side != nil || (ModelMetadata.sizes.contains(size) && row.takes(nativeSize: size)) else {
            throw ModelFileError(.metadata, "native size: expected \(row.nativeSizes), got \(size)")
        }
        var document = carried
        document["version"] = .integer(ModelMetadata.version)
        document["family"] = .string(row.family.rawValue)
        document["native_size"] = .integer(size)
        if row.canRender { try describe(row, inventory, carried, options, in: &document) }
        var widths = JSONObject()
        for width in inventory.widths { widths[width.name] = .integer(width.value) }
        document["widths"] = .object(widths)
        if let title = options.title { document["title"] = .string(title) }
        if let licence = options.licence { document["licence"] = .string(licence) }
        guard var own = document["origin"]?.objectValue else {
            document["origin"] = document["origin"] ?? origin
            return document
        }
        // Terms that the caller states are kept beside the input's own word.
        for (name, value) in options.origin?.members ?? [] where own[name] == nil { own[name] = value }
        document["origin"] = .object(own)
        return document
    }

    /// Writes what a rendering family says of its pictures, its channels and its estimators.
    private static func describe(
        _ row: FamilyRow, _ inventory: TensorInventory, _ carried: JSONObject, _ options: Options,
        in document: inout JSONObject
    ) throws(ModelFileError) {
        var stated = carried
        if let flag = options.alignsCorners { stated[ModelFacts.Field.alignsCorners.rawValue] = .bool(flag) }
        if stated[ModelFacts.Field.imageRange.rawValue] == nil {
            stated[ModelFacts.Field.imageRange.rawValue] = row.facts.value(of: .imageRange)
        }
        let facts = try ModelMetadata.facts(stated, of: row)
        for field in ModelFacts.Field.allCases { document[field.rawValue] = facts.value(of: field) }
        if carried["channels"] == nil {
            document["channels"] = .array((row.layout?.names ?? PoseMapping.standardChannels).map { .string($0) })
            document["channels_inferred"] = .bool(row.layout == nil)
        }
        var estimators = JSONObject()
        for domain in Domain.allCases where inventory.parts.contains("\(domain.rawValue).estimator") {
            var estimator = carried["estimators"]?.objectValue?[domain.rawValue]?.objectValue ?? JSONObject()
            if estimator["input"] == nil { estimator["input"] = .integer(usualEstimatorInput) }
            estimators[domain.rawValue] = .object(estimator)
        }
        document["estimators"] = .object(estimators)
    }
}
