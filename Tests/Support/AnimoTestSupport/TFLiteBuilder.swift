/// Writes TensorFlow Lite models of one graph, operator by operator, with float16 constants behind DEQUANTIZE as
/// Google publishes its face tracker.
package struct TFLiteBuilder: Sendable {
    /// Kinds of operator by their numbers in the schema.
    package enum Kind: Int32, Sendable {
        case add = 0
        case concatenation = 2
        case conv2D = 3
        case depthwiseConv2D = 4
        case dequantize = 6
        case logistic = 14
        case maxPool2D = 17
        case mul = 18
        case relu = 19
        case reshape = 22
        case pad = 34
        case transpose = 39
        case mean = 40
        case sub = 41
        case div = 42
        case stridedSlice = 45
        case prelu = 54
        case neg = 59
        case sum = 74
        case sqrt = 75
        case rsqrt = 76
        case squaredDifference = 99
    }

    /// Tables of the file, which a test may change before ``file`` is written.
    package var tensors: [[Int: FlatValue]] = []
    package var buffers: [[Int: FlatValue]] = [[:]]
    package var operators: [[Int: FlatValue]] = []
    package var codes: [[Int: FlatValue]] = []
    package var version: UInt32 = 3
    package var inputs: [Int32] = []
    package var outputs: [Int32] = []
    private var codeNumbers: [Kind: UInt32] = [:]

    package init() {}

    /// A value that is computed, or the graph's input.
    package mutating func value(_ shape: [Int]) -> Int { tensor(shape, type: 0, buffer: 0) }

    /// A constant of 32-bit integers.
    package mutating func constant(_ numbers: [Int32], _ shape: [Int]) -> Int {
        buffers.append([0: .bytes(numbers.flatMap { littleEndian($0) })])
        return tensor(shape, type: 2, buffer: buffers.count - 1)
    }

    /// A float16 constant behind DEQUANTIZE, given by its bytes.
    package mutating func weights(_ bytes: [UInt8], _ shape: [Int]) -> Int {
        buffers.append([0: .bytes(bytes)])
        let stored = tensor(shape, type: 1, buffer: buffers.count - 1)
        return add(.dequantize, [stored], shape)
    }

    /// An operator.
    ///
    /// - Parameter options: its options' fields by number.
    /// - Returns: the number of its result.
    package mutating func add(_ kind: Kind, _ inputs: [Int], _ shape: [Int], options: [Int: FlatValue] = [:]) -> Int {
        let output = value(shape)
        let code = codeNumbers[kind] ?? UInt32(codes.count)
        if codeNumbers.updateValue(code, forKey: kind) == nil {
            codes.append([0: .int8(Int8(kind.rawValue)), 3: .int32(kind.rawValue)])
        }
        var fields: [Int: FlatValue] = [
            0: .uint32(code), 1: .integers(inputs.map(Int32.init)), 2: .integers([Int32(output)]),
        ]
        if !options.isEmpty { fields[4] = .table(options) }
        operators.append(fields)
        return output
    }

    package var file: [UInt8] {
        let graph: [Int: FlatValue] = [
            0: .tables(tensors), 1: .integers(inputs), 2: .integers(outputs), 3: .tables(operators),
        ]
        return FlatBufferBuilder.file(
            identifier: "TFL3",
            root: [0: .uint32(version), 1: .tables(codes), 2: .tables([graph]), 4: .tables(buffers)])
    }

    private mutating func tensor(_ shape: [Int], type: Int8, buffer: Int) -> Int {
        var fields: [Int: FlatValue] = [0: .integers(shape.map(Int32.init)), 1: .int8(type)]
        if buffer > 0 { fields[2] = .uint32(UInt32(buffer)) }
        tensors.append(fields)
        return tensors.count - 1
    }
}
