import AnimoCheckpoint

/// Makes a model file out of a published checkpoint.
public enum ModelConversion {
    public struct Options: Sendable {
        /// 17·64 numbers, see ``PoseBasis``; nil takes the one in the input, if any.
        public var poseBasis: [Float]?
        /// The side at which the networks were trained; nil takes what the input says, else 256.
        public var nativeSize: Int?
        public var title: String?
        public var licence: String?
        /// Weights as F16, half the size.
        public var half: Bool

        public init(
            poseBasis: [Float]? = nil, nativeSize: Int? = nil, title: String? = nil, licence: String? = nil,
            half: Bool = false
        ) {
            self.poseBasis = poseBasis
            self.nativeSize = nativeSize
            self.title = title
            self.licence = licence
            self.half = half
        }
    }

    /// The side most published weights were trained at.
    public static let usualSize = 256
    /// The side of the pictures that the estimators of this format read, where the input does not say.
    static let usualEstimatorInput = 128

    /// Reads a checkpoint of any container and returns the bytes of a model file.
    public static func convert(_ file: FileBytes, options: Options = Options()) throws(ModelFileError) -> [UInt8] {
        do {
            let format = try CheckpointReader.format(of: file)
            var origin = JSONObject()
            origin["converted_from"] = .string(format.rawValue)
            return try convert(CheckpointReader.read(file), options: options, origin: .object(origin))
        } catch let error as CheckpointError {
            throw ModelFileError(error)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.unreadable, "the checkpoint cannot be read")
        }
    }

    /// Renames the tensors, drops what serving does not need, checks what is left as a model file is checked, and
    /// writes it down.
    ///
    /// - Parameter origin: where the weights came from, unless the input has its own word on that.
    public static func convert(
        _ archive: ArrayArchive, options: Options = Options(), origin: JSONValue? = nil
    ) throws(ModelFileError) -> [UInt8] {
        var arrays: [String: NamedArray] = [:]
        for (name, array) in archive.arrays {
            guard let modelName = PublishedNames.modelName(name) else { continue }
            guard arrays.updateValue(array.renamed(modelName), forKey: modelName) == nil else {
                throw ModelFileError(.tensors, "tensor \(modelName) is given under two names")
            }
        }
        guard arrays.keys.contains(where: { $0 != TensorInventory.basisName }) else { throw unknownFamily(archive) }
        if let basis = options.poseBasis {
            arrays[TensorInventory.basisName] = NamedArray(
                name: TensorInventory.basisName, shape: [Pose.morphs, Motion.expressions], floats: basis)
        }
        let inventory = try TensorInventory(arrays.mapValues(\.shape))
        let carried = carriedMetadata(archive)
        let document = try document(inventory, carried, options, origin)
        do {
            let kept = try arrays.values.map { (array) throws(CheckpointError) in
                try array.converted(to: kind(of: array, half: options.half))
            }
            if let bad = kept.first(where: { !$0.isFinite }) {
                throw ModelFileError(.notFinite, "tensor \(bad.name) has a value that is not finite")
            }
            return try Safetensors.bytes(of: kept, metadata: [ModelMetadata.key: JSONValue.object(document).text])
        } catch let error as CheckpointError {
            throw ModelFileError(error)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.damaged, "the model cannot be written")
        }
    }

    /// The basis is small and read as a matrix of measured numbers, so it keeps its precision.
    private static func kind(of array: NamedArray, half: Bool) -> ElementType {
        if array.name == TensorInventory.basisName { return .float32 }
        if half { return .float16 }
        return array.elementType == .float16 || array.elementType == .bfloat16 ? array.elementType : .float32
    }

    /// What the input says of itself, where it is a model file already.
    private static func carriedMetadata(_ archive: ArrayArchive) -> JSONObject {
        guard let text = archive.metadata[ModelMetadata.key], let value = try? JSONValue(parsing: text.utf8) else {
            return JSONObject()
        }
        return value.objectValue ?? JSONObject()
    }

    private static func document(
        _ inventory: TensorInventory, _ carried: JSONObject, _ options: Options, _ origin: JSONValue?
    ) throws(ModelFileError) -> JSONObject {
        let size = options.nativeSize ?? carried["native_size"]?.integerValue ?? usualSize
        guard ModelMetadata.sizes.contains(size), size.isMultiple(of: 32) else {
            throw ModelFileError(.metadata, "native size: expected a multiple of 32 up to 4096, got \(size)")
        }
        var document = carried
        document["version"] = .integer(ModelMetadata.version)
        document["family"] = .string(ModelMetadata.family)
        document["native_size"] = .integer(size)
        document["image_range"] = .array([.integer(0), .integer(1)])
        if carried["channels"] == nil {
            document["channels"] = .array(PoseMapping.standardChannels.map { .string($0) })
            document["channels_inferred"] = .bool(true)
        }
        var estimators = JSONObject()
        for domain in Domain.allCases where inventory.estimators.contains(domain) {
            var estimator = carried["estimators"]?.objectValue?[domain.rawValue]?.objectValue ?? JSONObject()
            if estimator["input"] == nil { estimator["input"] = .integer(usualEstimatorInput) }
            estimators[domain.rawValue] = .object(estimator)
        }
        document["estimators"] = .object(estimators)
        var widths = JSONObject()
        for (name, value) in inventory.widths.fields { widths[name] = .integer(value) }
        document["widths"] = .object(widths)
        if let title = options.title { document["title"] = .string(title) }
        if let licence = options.licence { document["licence"] = .string(licence) }
        if document["origin"] == nil { document["origin"] = origin }
        return document
    }

    private static func unknownFamily(_ archive: ArrayArchive) -> ModelFileError {
        let prefixes = PublishedNames.prefixes.map { "\"\($0.0)\"" }.joined(separator: ", ")
        let names = archive.arrays.keys.sorted().prefix(4).map(\.quotedForMessage).joined(separator: ", ")
        return ModelFileError(
            .unknownFamily,
            "not an AniMo: expected tensors under \(prefixes), got \(archive.arrays.count) others"
                + (names.isEmpty ? "" : " such as \(names)"))
    }
}
