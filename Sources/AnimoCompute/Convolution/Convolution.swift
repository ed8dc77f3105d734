import AnimoKernelTypes

/// A convolution with its weights, made ready for one method.
public final class Convolution: Sendable {
    public let shape: ConvolutionShape
    public let method: ConvolutionMethod
    let weights: Weights

    enum Weights: Sendable {
        case head(HeadWeights)
        case tiles(TileWeights)
        case phases(PhaseWeights)
        case packed(PackedWeights)
        case reference(weights: [Float], bias: [Float])
    }

    /// - Parameters:
    ///   - weights: (outputs, inputs, k, k); (inputs, outputs, 3, 3) for the transposed form.
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
        case .packed:
            let kernel = CanonicalKernel(shape, weights: weights, bias: bias)
            self.weights = .packed(PackedWeights(kernel, KernelChoice(upTo: width)))
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
        case .packed(let packed): packed.weights.count * MemoryLayout<Float>.stride
        case .reference(let weights, _): weights.count * MemoryLayout<Float>.stride
        }
    }
}

/// Weights in panels for the row product.
struct PackedWeights: Sendable {
    let geometry: Geometry
    let taps: Int
    let stride: Int
    let origin: Int
    let parts: [Int]
    let depth: Int
    let outputs: Int
    let weights: Buffer
    let bias: Buffer
    let kernels: KernelChoice

    init(_ kernel: CanonicalKernel, _ kernels: KernelChoice) {
        geometry = kernel.geometry
        taps = kernel.taps
        stride = kernel.stride
        origin = kernel.origin
        parts = kernel.parts
        depth = kernel.depth
        outputs = kernel.outputs
        bias = Buffer(kernel.bias)
        self.kernels = kernels
        let layout = PanelLayout(
            lanes: kernels.table(for: outputs).lanes, rows: taps * taps * depth, columns: outputs)
        let target = Buffer(uninitialized: layout.count)
        kernel.weights.withUnsafeBufferPointer {
            if let from = $0.baseAddress { layout.pack(from, into: target.floats) }
        }
        weights = target
    }
}
