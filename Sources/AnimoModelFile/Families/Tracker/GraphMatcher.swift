import AnimoCheckpoint

/// Goes along the operators of a graph, each of which must be the one expected, and gives their constants names.
///
/// Tensors in the published files have useless names (folded batch norms), so a constant is told by its operator's
/// place.
struct GraphMatcher {
    /// Something that an operator reads.
    enum Operand {
        /// The result of an earlier operator, or the graph's input, by its number.
        case value(Int)
        /// A constant that is no weight, such as a permutation.
        case constant([Float], shape: [Int])
        /// A constant that gets a name.
        case weight(Weight)
    }

    /// A constant to be taken.
    struct Weight {
        /// Name in the model file.
        let name: String
        /// As it lies in the file.
        let shape: [Int]
        /// For each axis of the tensor its axis in the file; nil where they stay.
        var axes: [Int]?
        /// The tensor's shape in the model file, where sides of 1 go away.
        var reshaped: [Int]?
    }

    /// A field of an operator's options and what it must be.
    struct Option {
        /// Place of the field in the options' table.
        let field: Int
        /// Value that it must have.
        let expected: Int
        /// Value where the field is left out.
        var usual = 0
        /// Indicates four bytes, not one.
        var isWide = false
        /// Name of the field, for messages.
        let name: String

        /// A field of one byte, 0 where it is left out.
        static func byte(_ field: Int, _ expected: Int, _ name: String) -> Option {
            Option(field: field, expected: expected, name: name)
        }

        /// A field of four bytes.
        static func integer(_ field: Int, _ expected: Int, _ name: String, usual: Int = 0) -> Option {
            Option(field: field, expected: expected, usual: usual, isWide: true, name: name)
        }
    }

    /// Name of the file, for messages.
    let what: String
    /// The number of the graph's input.
    let input: Int
    private let graph: TFLiteGraph
    private var place = 0
    private var arrays: [String: NamedArray] = [:]

    /// - Parameter shape: of the graph's one input.
    init(_ file: FileBytes, what: String, inputShape shape: [Int]) throws(CheckpointError) {
        graph = try TFLiteGraph(file, what: what)
        self.what = what
        guard let input = graph.inputs.first, graph.inputs.count == 1 else {
            throw CheckpointError(.unsupported, "\(what): expected 1 input, got \(graph.inputs.count)")
        }
        guard graph.shapes[input] == shape else {
            throw CheckpointError(
                .unsupported, "\(what): expected an input of shape \(shape), got \(graph.shapes[input])")
        }
        self.input = input
    }

    /// Takes the next operator.
    ///
    /// - Parameters:
    ///   - operands: what it must read, in order; a sum's two may stand either way round.
    ///   - shape: of its result, where that is not told by what it reads.
    /// - Returns: the number of its result.
    /// - Throws: where the graph has another operator here, or none.
    mutating func next(
        _ kind: TFLiteOperatorKind, _ operands: Operand..., shape: [Int]? = nil, options: [Option] = []
    ) throws(CheckpointError) -> Int {
        guard place < graph.operators.count else {
            throw CheckpointError(
                .unsupported, "\(what): expected \(kind.name) next, got the end after \(place) operators")
        }
        let found = graph.operators[place]
        let label = "\(what): operator \(place)"
        place += 1
        guard found.kind == kind else {
            throw CheckpointError(.unsupported, "\(label): expected \(kind.name), got \(found.kind.name)")
        }
        guard found.inputs.count == operands.count else {
            throw CheckpointError(
                .unsupported, "\(label) \(kind.name): expected \(operands.count) inputs, got \(found.inputs.count)")
        }
        var operands = operands
        if kind == .add, operands.count == 2, case .value(found.inputs[0]) = operands[1] { operands.swapAt(0, 1) }
        for (operand, number) in zip(operands, found.inputs) {
            try match(operand, number, "\(label) \(kind.name)")
        }
        for option in options { try check(option, of: found.options, "\(label) \(kind.name)") }
        if let shape, graph.shapes[found.output] != shape {
            throw CheckpointError(
                .unsupported,
                "\(label) \(kind.name): expected a result of shape \(shape), got \(graph.shapes[found.output])")
        }
        return found.output
    }

    /// Returns the constants taken, once the graph has ended with the outputs expected.
    func end(_ outputs: Int...) throws(CheckpointError) -> [String: NamedArray] {
        guard place == graph.operators.count else {
            throw CheckpointError(
                .unsupported, "\(what): expected \(place) operators, got \(graph.operators.count)")
        }
        guard graph.outputs == outputs else {
            throw CheckpointError(.unsupported, "\(what): expected other outputs than it gives")
        }
        return arrays
    }

    private mutating func match(_ operand: Operand, _ number: Int, _ label: String) throws(CheckpointError) {
        let constant = graph.constants[number]
        switch operand {
        case .value(let expected):
            guard expected == number, constant == nil else {
                throw CheckpointError(.unsupported, "\(label): expected it to read another value")
            }
        case .constant(let numbers, let shape):
            guard let constant, constant.shape == shape, try constant.floats() == numbers else {
                throw CheckpointError(.unsupported, "\(label): expected the constant \(numbers), got another value")
            }
        case .weight(let weight):
            guard let constant, constant.elementType.isFloatingPoint, constant.shape == weight.shape else {
                throw CheckpointError(
                    .unsupported,
                    "\(label): \(weight.name): expected a constant of shape \(weight.shape), "
                        + "got \(constant == nil ? "a value" : "one") of \(graph.shapes[number])")
            }
            guard constant.isFinite else {
                throw CheckpointError(.malformed, "\(label): \(weight.name): expected finite numbers")
            }
            var array = constant.renamed(weight.name)
            if let axes = weight.axes { array = try array.transposed(axes) }
            if let shape = weight.reshaped { array = try array.reshaped(shape) }
            arrays[weight.name] = array
        }
    }

    private func check(_ option: Option, of table: FlatTable?, _ label: String) throws(CheckpointError) {
        var value = option.usual
        if let table {
            value =
                option.isWide
                ? Int(try table.number(option.field, default: Int32(option.usual)))
                : Int(try table.number(option.field, default: Int8(option.usual)))
        }
        guard value == option.expected else {
            throw CheckpointError(
                .unsupported, "\(label): \(option.name): expected \(option.expected), got \(value)")
        }
    }
}

/// Operators that several graphs have.
extension GraphMatcher {
    /// Layout of a convolution's options and filter.
    enum ConvolutionKind {
        /// Filter [out, height, width, in] → [out, in, height, width].
        case full
        /// Filter [1, height, width, channels] → [channels, 1, height, width].
        case depthwise
        /// Filter [out, 1, 1, in] → [out, in].
        case linear
    }

    /// A convolution with its filter and its bias, `name.weight` and `name.bias`.
    ///
    /// - Parameters:
    ///   - side: of the filter.
    ///   - isSame: padded as TensorFlow's SAME; of a 1×1 filter it makes no difference and is not compared.
    ///   - result: height and width of the result.
    mutating func convolution(
        _ input: Int, _ name: String, kind: ConvolutionKind = .full, from: Int, to: Int, side: Int,
        result: (Int, Int), stride: Int = 1, isSame: Bool = false, hasReLU: Bool = false
    ) throws(CheckpointError) -> Int {
        let isDepthwise = kind == .depthwise
        var weight = Weight(
            name: "\(name).weight", shape: isDepthwise ? [1, side, side, from] : [to, side, side, from])
        switch kind {
        case .full: weight.axes = [0, 3, 1, 2]
        case .depthwise: weight.axes = [3, 0, 1, 2]
        case .linear: weight.reshaped = [to, from]
        }
        var options: [Option] = [.integer(1, stride, "stride"), .integer(2, stride, "stride")]
        if side > 1 { options.append(.byte(0, isSame ? 0 : 1, "padding")) }
        if isDepthwise { options.append(.integer(3, 1, "depth multiplier")) }
        let first = isDepthwise ? 4 : 3
        options += [
            .byte(first, hasReLU ? 1 : 0, "activation"), .integer(first + 1, 1, "dilation", usual: 1),
            .integer(first + 2, 1, "dilation", usual: 1),
        ]
        return try next(
            isDepthwise ? .depthwiseConv2D : .conv2D, .value(input), .weight(weight),
            .weight(Weight(name: "\(name).bias", shape: [to])), shape: [1, result.0, result.1, to],
            options: options)
    }

    /// PReLU with a slope for each channel, `name.slope`.
    mutating func prelu(_ input: Int, _ name: String, channels: Int) throws(CheckpointError) -> Int {
        let slope = Weight(name: "\(name).slope", shape: [1, 1, channels], reshaped: [channels])
        return try next(.prelu, .value(input), .weight(slope))
    }

    /// A sum without activation; the operands may stand either way round.
    mutating func add(_ one: Operand, _ other: Operand) throws(CheckpointError) -> Int {
        try next(.add, one, other, options: [.byte(0, 0, "activation")])
    }

    /// The largest of 2×2, with stride 2.
    mutating func pool(_ input: Int) throws(CheckpointError) -> Int {
        try next(
            .maxPool2D, .value(input),
            options: [
                .integer(1, 2, "stride"), .integer(2, 2, "stride"), .integer(3, 2, "window"),
                .integer(4, 2, "window"), .byte(5, 0, "activation"),
            ])
    }

    /// Zeros put behind the channels.
    mutating func pad(_ input: Int, channels: Int) throws(CheckpointError) -> Int {
        try next(.pad, .value(input), .constant([0, 0, 0, 0, 0, 0, 0, Float(channels)], shape: [4, 2]))
    }
}
