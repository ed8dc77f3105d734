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
        /// Tensors by the names of the checkpoint.
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

        /// Takes an archive that was read already; the name is not checked.
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

    /// Names a few of an archive's arrays, for messages.
    static func listed(_ archive: ArrayArchive) -> String {
        let names = archive.arrays.keys.sorted().prefix(4).map(\.quotedForMessage).joined(separator: ", ")
        return "\(archive.arrays.count) others" + (names.isEmpty ? "" : " such as \(names)")
    }
}
