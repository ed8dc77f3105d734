import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// Makes a model file out of a published checkpoint, or of several: a family's networks and parts beside them.
package enum ModelConversion {
    /// Options of a conversion.
    package struct Options: Sendable {
        /// 17·64 numbers, see ``PoseBasis``; nil takes the one in the input, if any.
        package var poseBasis: [Float]?
        /// The side at which the networks were trained; nil takes what the input says, else 256.
        package var nativeSize: Int?
        /// The heads that a family of one domain was trained on; nil takes what is usual for it.
        package var domain: Domain?
        /// Indicates whether a FOMM is computed as PyTorch did when it was trained; nil takes what the input says, else
        /// no.
        package var alignsCorners: Bool?
        /// Title to write.
        package var title: String?
        /// Licence to write.
        package var licence: String?
        /// Origin of the weights as far as it is known, to be stored.
        package var origin: JSONObject?
        /// Weights as F16, half the size.
        package var half: Bool

        /// Creates one from its fields.
        package init(
            poseBasis: [Float]? = nil, nativeSize: Int? = nil, domain: Domain? = nil, alignsCorners: Bool? = nil,
            title: String? = nil, licence: String? = nil, half: Bool = false
        ) {
            self.poseBasis = poseBasis
            self.nativeSize = nativeSize
            self.domain = domain
            self.alignsCorners = alignsCorners
            self.title = title
            self.licence = licence
            self.half = half
        }
    }

    /// Names of the parts that can be joined to a family's networks.
    package static var partNames: [String] { PartRow.all.map(\.name) }

    /// Names of the files, without their endings, that models published in several are in.
    package static var publishedFiles: [String] { FamilyRow.all.flatMap { $0.publication.files.map(\.name) } }

    /// The side most published weights were trained at.
    package static let usualSize = 256
    /// The side of the pictures that the estimators of this format read, where the input does not say.
    static let usualEstimatorInput = 128

    /// A part's checkpoint beside the one of the family.
    package struct Part: Sendable {
        /// Such as `vox.estimator`.
        package let name: String
        let archive: ArrayArchive

        /// Reads the checkpoint of a part.
        ///
        /// - Throws: where no part has that name, or the file is no checkpoint.
        package init(_ name: String, _ file: FileBytes) throws(ModelFileError) {
            do {
                self.init(name, try ConversionInput(file).archive)
            } catch {
                throw ModelFileError(error)
            }
        }

        init(_ name: String, _ archive: ArrayArchive) {
            self.name = name
            self.archive = archive
        }
    }

    /// Reads a checkpoint of any container, or all files of a family that is published in several, in any order, and
    /// returns the bytes of a model file.
    ///
    /// - Parameter noting: told what the caller might not expect, a sentence at a time.
    package static func convert(
        _ files: [FileBytes], parts: [Part] = [], options: Options = Options(), noting: (String) -> Void = { _ in }
    ) throws(ModelFileError) -> [UInt8] {
        var formats: Set<String> = []
        var archives: [ArrayArchive] = []
        for file in files {
            do {
                let input = try ConversionInput(file)
                formats.insert(input.format)
                archives.append(input.archive)
            } catch {
                throw ModelFileError(error)
            }
        }
        var (origin, options) = (options.origin ?? JSONObject(), options)
        if options.origin == nil, let known = Catalogue.builtIn.entry(ofFiles: files.map(PackagedWeights.digest(of:))) {
            origin = known.origin(nil)
            options.title = options.title ?? known.title
            options.licence = options.licence ?? known.licence
        }
        origin["converted_from"] = .string(formats.sorted().joined(separator: ", "))
        return try convert(
            try joined(archives), parts: parts, options: options, origin: .object(origin), noting: noting)
    }

    /// Converts a checkpoint of one file.
    package static func convert(
        _ file: FileBytes, parts: [Part] = [], options: Options = Options(), noting: (String) -> Void = { _ in }
    ) throws(ModelFileError) -> [UInt8] {
        try convert([file], parts: parts, options: options, noting: noting)
    }

    /// The files of one model as one archive, each file's tensors under what stands before them in a model file; one
    /// file that is no part of several as it is.
    static func joined(_ archives: [ArrayArchive]) throws(ModelFileError) -> ArrayArchive {
        for row in FamilyRow.all where !row.publication.files.isEmpty {
            let files = row.publication.files
            let found = archives.map { archive in files.first { $0.signs.isSubset(of: archive.arrays.keys) } }
            guard found.contains(where: { $0 != nil }) else { continue }
            var joined = ArrayArchive()
            var names: [String] = []
            for (archive, file) in zip(archives, found) {
                guard let file else {
                    throw ModelFileError(
                        .unknownFamily, "\(row.title): expected its own files alone, got one of \(listed(archive))")
                }
                guard !names.contains(file.name) else {
                    throw ModelFileError(.tensors, "\(row.title): expected \(file.name) once, got it twice")
                }
                names.append(file.name)
                for (name, array) in archive.arrays {
                    joined.arrays[file.prefix + name] = array.renamed(file.prefix + name)
                }
                for (name, kind) in archive.unread { joined.unread[file.prefix + name] = kind }
            }
            let missing = files.map(\.name).filter { !names.contains($0) }
            guard missing.isEmpty else {
                throw ModelFileError(
                    .tensors,
                    "\(row.title): expected \(files.count) files, got \(names.joined(separator: ", ")); missing "
                        + missing.joined(separator: ", "))
            }
            return joined
        }
        guard archives.count == 1, let archive = archives.first else {
            throw ModelFileError(
                .unknownFamily, "expected one checkpoint, or all files of one model, got \(archives.count)")
        }
        return archive
    }

    /// Takes the right copy of the weights, renames the tensors, drops what serving does not need, checks what is left
    /// as a model file is checked, and writes it down.
    ///
    /// - Parameters:
    ///   - archive: every tensor of a checkpoint, as ``CheckpointReader/readEverything(_:)`` names them.
    ///   - origin: where the weights came from, unless the input has its own word on that.
    ///   - noting: told what the caller might not expect, a sentence at a time.
    package static func convert(
        _ archive: ArrayArchive, parts: [Part] = [], options: Options = Options(), origin: JSONValue? = nil,
        noting: (String) -> Void = { _ in }
    ) throws(ModelFileError) -> [UInt8] {
        var carried = metadata(of: archive)
        let (row, weights) = try family(of: archive, saying: carried)
        if let note = weights.note { noting("took \(note)") }
        let usual = row.domains.first
        let domain = options.domain.flatMap { row.domains.contains($0) ? $0 : nil } ?? usual ?? .vox
        if let asked = options.domain, row.hasManyDomains || !row.domains.contains(asked) {
            let expected =
                row.hasManyDomains ? "none, since its tensors name their own" : usual?.rawValue ?? "none, it has none"
            throw ModelFileError(.metadata, "domain of \(row.title): expected \(expected), got \(asked.rawValue)")
        }
        var arrays = try row.publication.arrays(of: weights.archive, copy: weights.copy, domain: domain) { (name) in
            TensorInventory.isOurs(name, in: row)
        }
        var unread = row.publication.unread(of: weights.archive, copy: weights.copy, domain: domain)
        for part in parts {
            if let note = try join(part, to: &arrays, &unread, &carried) { noting("--part \(part.name): took \(note)") }
        }
        if let basis = options.poseBasis {
            arrays[TensorInventory.basisName] = NamedArray(
                name: TensorInventory.basisName, shape: [Pose.morphs, Motion.expressions], floats: basis)
        }
        let inventory = try TensorInventory(arrays.mapValues(\.shape), of: row, unread: unread)
        for part in parts { partGain(part, row, inventory).map(noting) }
        if let asked = options.nativeSize, let side = inventory.side, asked != side {
            noting("--native-size \(asked) has no effect: the tensors render \(side)×\(side)")
        }
        let document = try document(row, inventory, carried, options, origin)
        do {
            let kept = try arrays.values.map { (array) throws(CheckpointError) in
                try array.converted(to: kind(of: array, half: options.half))
            }
            if let bad = kept.first(where: { !$0.isFinite }) {
                throw ModelFileError(
                    .notFinite,
                    "tensor \(bad.name.quotedForMessage): expected finite values, got one that is not finite")
            }
            return try Safetensors.bytes(of: kept, metadata: [ModelMetadata.key: JSONValue.object(document).text])
        } catch let error as CheckpointError {
            throw ModelFileError(error)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.damaged, "the model cannot be written", cause: error)
        }
    }

    /// The family a checkpoint is of, and which copy of its weights to take. A model file says so itself.
    private static func family(
        of archive: ArrayArchive, saying metadata: JSONObject
    ) throws(ModelFileError) -> (FamilyRow, PublishedWeights) {
        if let name = metadata["family"]?.stringValue, let family = ModelFamily(rawValue: name),
            let row = FamilyRow.row(of: family)
        {
            return (row, PublishedWeights(archive: archive, copy: "", dictionary: "", words: []))
        }
        guard let (row, weights) = PublishedWeights.find(in: archive) else { throw unknownFamily(archive) }
        return (row, weights)
    }

    /// Why a part that was asked for drives nothing; nil where it does.
    private static func partGain(_ part: Part, _ row: FamilyRow, _ inventory: TensorInventory) -> String? {
        // The tracker finds heads for every family.
        guard let name = PartRow.row(named: part.name)?.name, name != PartRow.face.name else { return nil }
        func gains(_ parts: Set<String>, _ hasBasis: Bool) -> Bool {
            row.drivers(parts.union([name]), hasBasis) != row.drivers(parts.subtracting([name]), hasBasis)
        }
        if gains(inventory.parts, inventory.hasBasis) { return nil }
        let others = PartRow.all.map(\.name).filter { !inventory.parts.contains($0) }
        let missing =
            others.first { gains(inventory.parts.union([$0]), inventory.hasBasis) }.map { "--part \($0)" }
            ?? (gains(inventory.parts, true) ? "--pose-basis" : nil)
            ?? others.first { gains(inventory.parts.union([$0]), true) }.map { "--pose-basis and --part \($0)" }
        return "--part \(part.name) gains nothing: "
            + (missing.map { "it drives \(row.title) only with \($0) beside it" } ?? "nothing of it drives \(row.title)")
    }

    /// Puts a part's tensors in the place of those there may be already.
    ///
    /// - Returns: what was around its weights, if anything.
    private static func join(
        _ part: Part, to arrays: inout [String: NamedArray], _ unread: inout [String: String],
        _ carried: inout JSONObject
    ) throws(ModelFileError) -> String? {
        guard let row = PartRow.row(named: part.name) else {
            let names = PartRow.all.map(\.name).joined(separator: ", ")
            throw ModelFileError(
                .unknownFamily, "part: expected one of \(names), got \(part.name.quotedForMessage)")
        }
        guard let weights = PublishedWeights.find(row.publication, in: part.archive, prefersAverage: false) else {
            let signs = row.publication.signs.map(\.quotedForMessage).joined(separator: ", ")
            throw ModelFileError(
                .unknownFamily,
                "part \(row.name): expected tensors such as \(signs), got \(listed(part.archive))")
        }
        arrays = arrays.filter { !row.isOwn($0.key) }
        // Names that come after no copy's beginning are the part's own only where the checkpoint is the part alone.
        let own = try row.publication.arrays(of: weights.archive, copy: weights.copy, domain: .vox) { _ in false }
        arrays.merge(own) { _, new in new }
        unread.merge(row.publication.unread(of: weights.archive, copy: weights.copy, domain: .vox)) { _, new in new }
        let stated = metadata(of: part.archive)
        let said = stated["estimators"]?.objectValue
        carry(stated, of: row, into: &carried)
        for domain in Domain.allCases where row.name == "\(domain.rawValue).estimator" {
            var estimators = carried["estimators"]?.objectValue ?? JSONObject()
            estimators[domain.rawValue] = said?[domain.rawValue]
            carried["estimators"] = .object(estimators)
        }
        return weights.note
    }

    /// Notes of a part where it came from and under which terms it may be used, where its file says so.
    private static func carry(_ stated: JSONObject, of row: PartRow, into carried: inout JSONObject) {
        var notes = JSONObject()
        for field in ["title", "licence", "origin"] { notes[field] = stated[field] }
        var parts = carried["parts"]?.objectValue ?? JSONObject()
        parts[row.name] = notes.names.isEmpty ? nil : .object(notes)
        carried["parts"] = parts.names.isEmpty ? nil : .object(parts)
    }

    /// Small arrays that are measured or divided by keep their precision: the basis, the canonical face, and what norms
    /// are folded from.
    private static func kind(of array: NamedArray, half: Bool) -> ElementType {
        let folded = [".running_mean", ".running_var", ".weight_u", ".weight_v"]
        if array.name == TensorInventory.basisName || array.name.hasPrefix(FaceTensors.canonicalPrefix)
            || folded.contains(where: array.name.hasSuffix)
        {
            return .float32
        }
        if half { return .float16 }
        return array.elementType == .float16 || array.elementType == .bfloat16 ? array.elementType : .float32
    }

    /// Returns the metadata of the input, where it is a model file already.
    private static func metadata(of archive: ArrayArchive) -> JSONObject {
        guard let text = archive.metadata[ModelMetadata.key], let value = try? JSONValue(parsing: text.utf8) else {
            return JSONObject()
        }
        return value.objectValue ?? JSONObject()
    }

    private static func document(
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
        if document["origin"] == nil { document["origin"] = origin }
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

    private static func unknownFamily(_ archive: ArrayArchive) -> ModelFileError {
        if let part = PartRow.publishing(archive) {
            return ModelFileError(
                .unknownFamily,
                "not a model but a part of one: expected a family's networks, to which --part \(part.name) adds it")
        }
        let families = FamilyRow.all.map { row in
            "\(row.title) (\(row.publication.signs.prefix(2).map(\.quotedForMessage).joined(separator: ", ")))"
        }
        return ModelFileError(
            .unknownFamily,
            "not a known model: expected tensors of \(families.joined(separator: ", ")), got \(listed(archive))")
    }

    private static func listed(_ archive: ArrayArchive) -> String {
        let names = archive.arrays.keys.sorted().prefix(4).map(\.quotedForMessage).joined(separator: ", ")
        return "\(archive.arrays.count) others" + (names.isEmpty ? "" : " such as \(names)")
    }
}
