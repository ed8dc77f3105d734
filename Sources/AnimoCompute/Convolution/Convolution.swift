/// A convolution with its weights, made ready for one method.
public final class Convolution: Sendable {
    public let shape: ConvolutionShape
    public let method: ConvolutionMethod
    let weights: Weights

    enum Weights: Sendable {
        case winogradColumns(WinogradColumnsWeights)
        case winograd(WinogradWeights)
        case subpixel(SubpixelWeights)
        case pointwise(DirectPackedWeights)
        case depthwise(DepthwiseWeights)
        case directPacked(DirectPackedWeights)
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
        case .winogradColumns:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .winogradColumns(
                WinogradColumnsWeights(kernel, outputs: shape.outputs, KernelChoice(upTo: width)))
        case .winograd6x6, .winograd4x4:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .winograd(
                WinogradWeights(kernel, side: self.method == .winograd6x6 ? 6 : 4, KernelChoice(upTo: width)))
        case .subpixel:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .subpixel(SubpixelWeights(kernel, KernelChoice(upTo: width)))
        case .pointwise, .directPacked:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            let packed = DirectPackedWeights(kernel, inputs: shape.inputs, KernelChoice(upTo: width))
            self.weights = self.method == .directPacked ? .directPacked(packed) : .pointwise(packed)
        case .depthwise:
            self.weights = .depthwise(DepthwiseWeights(shape, weights: weights, bias: bias))
        case .reference:
            self.weights = .reference(weights: weights, bias: bias)
        }
    }

    /// Bytes of the weights as held.
    public var byteCount: Int {
        switch weights {
        case .winogradColumns(let head): head.weights.count * MemoryLayout<Float>.stride
        case .winograd(let tiles): tiles.weights.count * MemoryLayout<Float>.stride
        case .subpixel(let phases): phases.weights.count * MemoryLayout<Float>.stride
        case .depthwise(let depthwise): depthwise.weights.count * MemoryLayout<Float>.stride
        case .pointwise(let packed), .directPacked(let packed): packed.weights.count * MemoryLayout<Float>.stride
        case .reference(let weights, _): weights.count * MemoryLayout<Float>.stride
        }
    }
}
