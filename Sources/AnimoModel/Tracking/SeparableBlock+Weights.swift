import AnimoCompute

extension SeparableBlock {
    /// A block in the names of a face model: `depthwise`, `pointwise`, or `reduce`, `depthwise`, `expand` with the
    /// slopes of its PReLUs.
    ///
    /// - Parameter halves: whether its output has half the height and width.
    convenience init(_ weights: AnimoModel.Weights, halves: Bool) throws {
        let reduces = weights.has("reduce.weight")
        let last = weights.scoped(to: reduces ? "expand" : "pointwise")
        let depthwise = weights.scoped(to: "depthwise")
        let outputs = last.shape(of: "weight")?.first ?? 0
        let inner = depthwise.shape(of: "weight")?.first ?? 0
        var values = Weights(
            depthwise: try depthwise.tensor("weight"), depthwiseBias: try depthwise.tensor("bias"),
            pointwise: try last.tensor("weight"), pointwiseBias: try last.tensor("bias"),
            slope: reduces ? try weights.tensor("slope") : [Float](repeating: 0, count: outputs))
        var inputs = inner
        if reduces {
            let reduce = weights.scoped(to: "reduce")
            inputs = reduce.shape(of: "weight")?.dropFirst().first ?? 0
            values.reduce = try reduce.tensor("weight")
            values.reduceBias = try reduce.tensor("bias")
            values.reduceSlope = try reduce.tensor("slope")
        }
        self.init(
            Shape(inputs: inputs, middle: reduces ? inner : nil, outputs: outputs, halves: halves), values,
            upTo: weights.style.lanes, isPlain: weights.style.isPlain)
    }
}

extension StemConvolution {
    /// - Parameter kernel: on a side.
    convenience init(_ weights: Weights, kernel: Int) throws {
        let bias = try weights.tensor("bias")
        self.init(
            kernel: kernel, weights: try weights.tensor("weight"), bias: bias,
            slope: weights.has("slope") ? try weights.tensor("slope") : [Float](repeating: 0, count: bias.count),
            upTo: weights.style.lanes, isPlain: weights.style.isPlain)
    }
}

extension Weights {
    /// Number of blocks `name.0`, `name.1`… that have a tensor `leaf`, at most 64.
    func count(_ name: String, having leaf: String) -> Int { (0..<64).prefix { has("\(name).\($0).\(leaf)") }.count }
}
