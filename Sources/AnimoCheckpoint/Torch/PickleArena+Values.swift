import AnimoJSON

/// From the machine's values to those handed out.
extension PickleArena {
    /// The deepest nesting of values; checkpoints nest some ten deep.
    static let depthLimit = 100

    /// Place of a storage's bytes.
    struct Place {
        /// File that holds the storage.
        let bytes: FileBytes
        /// Bytes of the storage in the file.
        let range: Range<Int>
    }

    /// The value called `root`, with all it holds.
    ///
    /// - Parameters:
    ///   - pickle: the bytes that texts are places in.
    ///   - place: finds the whole storage called by a key.
    func value(
        _ root: Index, pickle: UnsafeRawBufferPointer, place: (String) throws(CheckpointError) -> Place
    ) throws(CheckpointError) -> CheckpointValue {
        var builder = ValueBuilder(arena: self, pickle: pickle)
        return try builder.value(root, depth: 0, place: place).value
    }

    /// Returns the element type of a storage class, and nil for classes that no network here uses.
    static func elementType(_ typeName: String) -> ElementType? {
        switch typeName.split(separator: ".").last {
        case "DoubleStorage": .float64
        case "FloatStorage": .float32
        case "HalfStorage": .float16
        case "BFloat16Storage": .bfloat16
        case "LongStorage": .int64
        case "IntStorage": .int32
        case "ShortStorage": .int16
        case "CharStorage": .int8
        case "ByteStorage", "UntypedStorage": .uint8
        case "BoolStorage": .bool
        default: nil
        }
    }

    /// Kinds of number of PyTorch's that have no storage class of their own, and that no network here uses.
    static let unreadTypes: Set<String> = [
        "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2",
        "uint16", "uint32", "uint64", "complex32", "complex64", "complex128",
    ]

    /// Bytes of an element of a storage's class; nil for classes that are not known at all.
    static func elementSize(_ typeName: String) -> Int? {
        switch typeName.split(separator: ".").last {
        case "ComplexFloatStorage": 8
        case "QInt8Storage", "QUInt8Storage", "QUInt4x2Storage", "QUInt2x4Storage": 1
        case "QInt32Storage": 4
        case "ComplexDoubleStorage": 16
        default: elementType(typeName)?.size
        }
    }
}

/// Builds each value once, shared by all that refer to it, and refuses what nests too deep.
private struct ValueBuilder {
    let arena: PickleArena
    let pickle: UnsafeRawBufferPointer
    private var built: [PickleArena.Index: Built] = [:]
    private var open: Set<PickleArena.Index> = []

    struct Built {
        var value: CheckpointValue
        /// Levels of nesting below it; 0 for a value without members.
        var height: Int
    }

    typealias Placer = (String) throws(CheckpointError) -> PickleArena.Place

    init(arena: PickleArena, pickle: UnsafeRawBufferPointer) {
        self.arena = arena
        self.pickle = pickle
    }

    mutating func value(
        _ index: PickleArena.Index, depth: Int, place: Placer
    ) throws(CheckpointError) -> Built {
        if let done = built[index] { return done }
        guard depth < PickleArena.depthLimit else { throw tooDeep }
        guard open.insert(index).inserted else {
            return Built(value: .object(.init(typeName: "itself", arguments: [], state: nil, items: [])), height: 0)
        }
        defer { open.remove(index) }
        let node = arena[index]
        var result: Built
        switch node.kind {
        case .none: result = Built(value: .none, height: 0)
        case .bool(let flag): result = Built(value: .bool(flag), height: 0)
        case .integer(let value): result = Built(value: .integer(value), height: 0)
        case .number(let value): result = Built(value: .number(value), height: 0)
        case .bigInteger(let bytes): result = Built(value: .bigInteger(bytes), height: 0)
        case .decoded(let text): result = Built(value: .string(text), height: 0)
        case .text(let range): result = Built(value: .string(String(decoding: pickle[range], as: UTF8.self)), height: 0)
        case .bytes(let range): result = Built(value: .bytes(Array(pickle[range])), height: 0)
        case .global(let name), .object(let name): result = try object(name, node, depth, place)
        case .storage(let number): result = Built(value: inert(arena.storages[number].typeName), height: 0)
        case .tensor(let number): result = Built(value: try tensor(arena.tensors[number], place), height: 0)
        case .list, .tuple:
            let (items, height) = try values(node.children, depth, place)
            result = Built(value: .list(items), height: height)
        case .dictionary:
            let (items, height) = try values(node.children, depth, place)
            let entries = stride(from: 0, to: items.count - 1, by: 2).map { (key: items[$0], value: items[$0 + 1]) }
            result = Built(value: .dictionary(CheckpointDictionary(entries)), height: height)
        }
        guard result.height < PickleArena.depthLimit else { throw tooDeep }
        built[index] = result
        return result
    }

    private var tooDeep: CheckpointError {
        CheckpointError(.tooLarge, "pickle: nested deeper than \(PickleArena.depthLimit)")
    }

    private func inert(_ typeName: String) -> CheckpointValue {
        .object(CheckpointObject(typeName: typeName, arguments: [], state: nil, items: []))
    }

    private mutating func values(
        _ indices: [PickleArena.Index], _ depth: Int, _ place: Placer
    ) throws(CheckpointError) -> ([CheckpointValue], height: Int) {
        var values: [CheckpointValue] = []
        values.reserveCapacity(indices.count)
        var height = 0
        for index in indices {
            let built = try value(index, depth: depth + 1, place: place)
            values.append(built.value)
            height = max(height, built.height + 1)
        }
        return (values, height)
    }

    private mutating func object(
        _ name: String, _ node: PickleArena.Node, _ depth: Int, _ place: Placer
    ) throws(CheckpointError) -> Built {
        let (items, itemsHeight) = try values(node.children, depth, place)
        var arguments = Built(value: .list([]), height: 0)
        if let index = node.arguments { arguments = try value(index, depth: depth + 1, place: place) }
        let state = try node.state.map { (index) throws(CheckpointError) in
            try value(index, depth: depth + 1, place: place)
        }
        let object = CheckpointObject(
            typeName: name, arguments: arguments.value.listValue ?? [arguments.value], state: state?.value,
            items: items)
        return Built(
            value: .object(object), height: max(itemsHeight, arguments.height + 1, (state?.height ?? -1) + 1))
    }

    private func tensor(_ tensor: PickleArena.Tensor, _ place: Placer) throws(CheckpointError) -> CheckpointValue {
        let storage = arena.storages[tensor.storage]
        guard let type = PickleArena.elementType(storage.typeName) else { return inert(storage.typeName) }
        let whole = try place(storage.key)
        let (first, farOff) = storage.offset.multipliedReportingOverflow(by: type.size)
        let (length, tooLong) = storage.count.multipliedReportingOverflow(by: type.size)
        guard !farOff, !tooLong, first >= 0, length >= 0, first <= whole.range.count,
            length <= whole.range.count - first
        else {
            throw CheckpointError(
                .malformed,
                "storage \(storage.key.quotedForMessage): expected \(storage.count) elements of "
                    + "\(type.rawValue), got \(whole.range.count) bytes")
        }
        let region = whole.range.lowerBound + first..<whole.range.lowerBound + first + length
        let (start, beyond) = tensor.offset.multipliedReportingOverflow(by: type.size)
        guard !beyond, start >= 0, start <= region.count else {
            throw CheckpointError(
                .malformed,
                "storage \(storage.key.quotedForMessage): a tensor begins at element \(tensor.offset), "
                    + "beyond its \(storage.count)")
        }
        guard tensor.strides.count == tensor.shape.count else {
            throw CheckpointError(
                .malformed,
                "storage \(storage.key.quotedForMessage): a tensor of shape \(tensor.shape) has strides "
                    + "\(tensor.strides)")
        }
        return .tensor(
            try NamedArray(
                name: "", shape: tensor.shape, elementType: type, bytes: whole.bytes,
                offset: region.lowerBound + start, strides: tensor.strides, within: region))
    }
}
