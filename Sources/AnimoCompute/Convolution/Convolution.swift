/// A convolution with its weights, made ready for one method.
public final class Convolution: Sendable {
    public let shape: ConvolutionShape
    public let method: ConvolutionMethod
    let weights: Weights

    enum Weights: Sendable {
        case head(HeadWeights)
        case tiles(TileWeights)
        case phases(PhaseWeights)
        case pointwise(PackedWeights)
        case depthwise(DepthwiseWeights)
        case packed(PackedWeights)
        case reference(weights: [Float], bias: [Float])
    }

    /// - Parameters:
    ///   - weights: (outputs, inputs, k, k); (inputs, outputs, 3, 3) for the transposed form, (outputs, 1, k, k) for
    ///     the depthwise one.
    ///   - bias: (outputs), or empty.
    ///   - width: the widest vectors to use, in floats.
    public init(
        _ shape: ConvolutionShape, weights: [Float], bias: [Float], method: ConvolutionMethod? = nil,
        upTo width: Int = 16
    ) {
        self.shape = shape
        self.method = method ?? .best(for: shape)
        switch self.method {
        case .head:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .head(HeadWeights(kernel, outputs: shape.outputs, KernelChoice(upTo: width)))
        case .tiles6, .tiles4:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .tiles(
                TileWeights(kernel, side: self.method == .tiles6 ? 6 : 4, KernelChoice(upTo: width)))
        case .phases:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .phases(PhaseWeights(kernel, KernelChoice(upTo: width)))
        case .pointwise, .packed:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            let packed = PackedWeights(kernel, inputs: shape.inputs, KernelChoice(upTo: width))
            self.weights = self.method == .packed ? .packed(packed) : .pointwise(packed)
        case .depthwise:
            self.weights = .depthwise(DepthwiseWeights(shape, weights: weights, bias: bias))
        case .reference:
            self.weights = .reference(weights: weights, bias: bias)
        }
    }

    /// Bytes of the weights as held.
    public var byteCount: Int {
        switch weights {
        case .head(let head): head.weights.count * MemoryLayout<Float>.stride
        case .tiles(let tiles): tiles.weights.count * MemoryLayout<Float>.stride
        case .phases(let phases): phases.weights.count * MemoryLayout<Float>.stride
        case .depthwise(let depthwise): depthwise.weights.count * MemoryLayout<Float>.stride
        case .pointwise(let packed), .packed(let packed): packed.weights.count * MemoryLayout<Float>.stride
        case .reference(let weights, _): weights.count * MemoryLayout<Float>.stride
        }
    }
}
