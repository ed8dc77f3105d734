/// A way to compute a convolution. Each lies in a file of its own with its weights and its run.
struct ConvolutionAlgorithm: Sendable {
    /// Returns whether it can compute such a convolution.
    let suits: @Sendable (_ shape: ConvolutionShape) -> Bool
    /// Roughly how long it takes for one picture of the shape's extent, in seconds on one core; see
    /// ``ConvolutionCost``.
    let seconds: @Sendable (_ shape: ConvolutionShape) -> Double
    /// Lays out weights, (outputs, inputs, k, k) or as ``Convolution`` says, and a bias, (outputs) or empty, for
    /// vectors of at most `width` floats.
    let prepare:
        @Sendable (_ shape: ConvolutionShape, _ weights: [Float], _ bias: [Float], _ width: Int) ->
            any PreparedConvolution
}

/// A convolution's weights as one algorithm reads them.
protocol PreparedConvolution: Sendable {
    /// Bytes of the weights as held.
    var byteCount: Int { get }

    /// Computes `output` whole: bias, residual and activation included.
    ///
    /// - Parameters:
    ///   - input: of the shape's parts; what its first operand wants kept is written too.
    ///   - output: of the shape's output size.
    ///   - measuring: whether the mean and variance of each channel of each picture are wanted.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments?
}

/// Costs by which an algorithm is chosen, measured on a core of the machine of <doc:fast-frame> with vectors of 16
/// floats.
enum ConvolutionCost {
    /// Floating-point operations a second of the product kernels.
    static let productRate = 2.4e11
    /// Bytes a second of weights that come from memory.
    static let weightRate = 1e10
    /// Seconds of Winograd's transforms for each point, tile and channel.
    static let transform6x6 = 1.9e-10
    static let transform4x4 = 1.4e-10

    /// Seconds of a product of (rows, depth) by (depth, outputs); outputs count with their padding.
    static func product(rows: Double, depth: Double, outputs: Int) -> Double {
        let columns = Double(paddedChannels(outputs))
        return 2 * rows * depth * columns / productRate + 4 * depth * columns / weightRate
    }
}
