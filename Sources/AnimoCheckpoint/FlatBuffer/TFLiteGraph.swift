/// The one graph of a TensorFlow Lite model (tensorflow/lite/schema/schema.fbs), as a list of operators that is
/// compared with a known network and never run.
///
/// Operators that only widen constants (DEQUANTIZE of float16) are left out; what reads their result reads the
/// constant.
package struct TFLiteGraph: Sendable {
    /// One step of the graph.
    package struct Operator: Sendable {
        /// Kind of the step.
        package let kind: TFLiteOperatorKind
        /// Numbers of the tensors it reads.
        package let inputs: [Int]
        /// Number of the tensor it writes.
        package let output: Int
        /// Options of its kind; nil where it has none.
        package let options: FlatTable?
    }

    /// Sides of all tensors, from the slowest to the fastest.
    package private(set) var shapes: [[Int]] = []
    /// Tensors whose numbers the file holds, as views into its bytes.
    package private(set) var constants: [Int: NamedArray] = [:]
    /// Steps in the order of the file.
    package private(set) var operators: [Operator] = []
    /// Numbers of the tensors that the graph is given.
    package let inputs: [Int]
    /// Numbers of the tensors that the graph gives.
    package let outputs: [Int]

    /// The most sides of a tensor, the longest one, and the most numbers.
    private static let (rankLimit, sideLimit, countLimit) = (4, 1 << 20, 1 << 24)
    /// The most tensors one operator reads, and the most a graph is given or gives.
    private static let inputLimit = 8

    /// - Parameter what: what messages call the file.
    package init(_ file: FileBytes, what: String) throws(CheckpointError) {
        guard let model = try FlatBuffer(bytes: file, what: what).root(identifier: "TFL3") else {
            throw CheckpointError(.unsupported, "\(what): expected a TFLite file (TFL3 at byte 4), got others")
        }
        let version = try model.number(0, default: UInt32(0))
        guard version == 3 else {
            throw CheckpointError(.unsupported, "\(what): expected schema version 3, got \(version)")
        }
        var codes: [Int] = []
        for code in try model.tables(1, "operator codes") {
            codes.append(max(Int(try code.number(0, default: Int8(0))), Int(try code.number(3, default: Int32(0)))))
        }
        let subgraphs = try model.tables(2, "subgraphs")
        guard let graph = subgraphs.first, subgraphs.count == 1 else {
            throw CheckpointError(.unsupported, "\(what): expected 1 subgraph, got \(subgraphs.count)")
        }
        inputs = try graph.integers(1, limit: Self.inputLimit, "inputs")
        outputs = try graph.integers(2, limit: Self.inputLimit, "outputs")
        try readTensors(try graph.tables(0, "tensors"), try model.tables(4, "buffers"), file, what)
        try readOperators(try graph.tables(3, "operators"), codes, what)
        guard (inputs + outputs).allSatisfy(shapes.indices.contains) else {
            throw CheckpointError(.malformed, "\(what): the graph names tensors that are not there")
        }
    }

    private mutating func readTensors(
        _ tensors: [FlatTable], _ buffers: [FlatTable], _ file: FileBytes, _ what: String
    ) throws(CheckpointError) {
        for (index, tensor) in tensors.enumerated() {
            let label = "\(what): tensor \(index)"
            let shape = try tensor.integers(0, limit: Self.rankLimit, "sides of tensor \(index)")
            guard shape.allSatisfy({ (1...Self.sideLimit).contains($0) }), let count = shape.checkedProduct,
                count <= Self.countLimit
            else {
                throw CheckpointError(
                    .malformed,
                    "\(label): expected sides of 1 to \(Self.sideLimit) and at most \(Self.countLimit) numbers, "
                        + "got shape \(shape)")
            }
            shapes.append(shape)
            let number = try tensor.number(2, default: UInt32(0))
            guard number < buffers.count else {
                throw CheckpointError(.malformed, "\(label) names buffer \(number) of \(buffers.count)")
            }
            let buffer = buffers[Int(number)]
            guard try !buffer.has(1) else {
                throw CheckpointError(.unsupported, "\(label): expected its data inside the FlatBuffer, got outside")
            }
            let range = try buffer.bytes(0)
            if range.isEmpty { continue }
            let type = try Self.elementType(tensor, label)
            guard try !tensor.has(6) else {
                throw CheckpointError(.unsupported, "\(label): expected a dense tensor, got a sparse one")
            }
            guard range.count == count * type.size else {
                throw CheckpointError(
                    .malformed,
                    "\(label): expected \(count * type.size) bytes for shape \(shape), got \(range.count)")
            }
            constants[index] = try NamedArray(
                name: "tensor \(index)", shape: shape, elementType: type, bytes: file, offset: range.lowerBound,
                within: range)
        }
    }

    private static func elementType(_ tensor: FlatTable, _ label: String) throws(CheckpointError) -> ElementType {
        let type = try tensor.number(1, default: Int8(0))
        switch type {
        case 0: return .float32
        case 1: return .float16
        case 2: return .int32
        default:
            throw CheckpointError(
                .unsupported, "\(label): expected float32, float16 or int32 (0 to 2), got element type \(type)")
        }
    }

    private mutating func readOperators(
        _ tables: [FlatTable], _ codes: [Int], _ what: String
    ) throws(CheckpointError) {
        for (index, table) in tables.enumerated() {
            let label = "\(what): operator \(index)"
            let code = try table.number(0, default: UInt32(0))
            guard code < codes.count else {
                throw CheckpointError(.malformed, "\(label) names code \(code) of \(codes.count)")
            }
            guard let kind = TFLiteOperatorKind(rawValue: codes[Int(code)]) else {
                throw CheckpointError(.unsupported, "\(label) is of kind \(codes[Int(code)]), which is not known")
            }
            let inputs = try table.integers(1, limit: Self.inputLimit, "inputs of operator \(index)")
            let outputs = try table.integers(2, limit: 1, "outputs of operator \(index)")
            guard let output = outputs.first, (inputs + outputs).allSatisfy(shapes.indices.contains) else {
                throw CheckpointError(.malformed, "\(label) names tensors that are not there")
            }
            guard kind == .dequantize else {
                operators.append(
                    Operator(kind: kind, inputs: inputs, output: output, options: try table.table(4)))
                continue
            }
            guard let input = inputs.first, inputs.count == 1, let constant = constants[input],
                shapes[input] == shapes[output]
            else { throw CheckpointError(.unsupported, "\(label) DEQUANTIZE: expected a constant of its own shape") }
            constants[output] = constant
        }
    }
}

/// The kinds of operator that are known, by their numbers in the schema.
package enum TFLiteOperatorKind: Int, Sendable {
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

    /// As the schema spells it.
    package var name: String {
        switch self {
        case .add: "ADD"
        case .concatenation: "CONCATENATION"
        case .conv2D: "CONV_2D"
        case .depthwiseConv2D: "DEPTHWISE_CONV_2D"
        case .dequantize: "DEQUANTIZE"
        case .logistic: "LOGISTIC"
        case .maxPool2D: "MAX_POOL_2D"
        case .mul: "MUL"
        case .relu: "RELU"
        case .reshape: "RESHAPE"
        case .pad: "PAD"
        case .transpose: "TRANSPOSE"
        case .mean: "MEAN"
        case .sub: "SUB"
        case .div: "DIV"
        case .stridedSlice: "STRIDED_SLICE"
        case .prelu: "PRELU"
        case .neg: "NEG"
        case .sum: "SUM"
        case .sqrt: "SQRT"
        case .rsqrt: "RSQRT"
        case .squaredDifference: "SQUARED_DIFFERENCE"
        }
    }
}
