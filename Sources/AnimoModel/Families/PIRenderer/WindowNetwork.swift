import AnimoCompute

/// The numbers of 27 frames (73 each) → latent (256 as published).
///
/// h = conv7(x), then three times h ← conv3(lrelu(h)) + h without its ends, the taps three frames apart; the mean over
/// the three frames that are left: 27 → 21 → 15 → 9 → 3 → 1. Convolutions over time are products with what a tap's
/// frames hold side by side.
final class WindowNetwork: Sendable {
    /// Frames of a window: the one that is rendered and 13 on each side.
    static let frames = 27
    private let first: Linear
    private let layers: [Linear]

    /// Lays out the weights `first.0`, `encoder0.1`, `encoder1.1` and `encoder2.1`.
    init(_ weights: Weights) throws {
        first = try Linear(overTime: weights.scoped(to: "first.0"))
        layers = try (0..<3).map { try Linear(overTime: weights.scoped(to: "encoder\($0).1")) }
    }

    /// - Parameter windows: (27, 73) for each picture.
    func latent(_ context: ComputeContext, windows: [[[Float]]]) -> Rows {
        context.rows(windows.map { latent(context, $0) })
    }

    private func latent(_ context: ComputeContext, _ window: [[Float]]) -> [Float] {
        var frames = convolved(context, first, window, taps: 7, apart: 1)
        for layer in layers {
            let active = frames.map { frame in frame.map { max($0, leak * $0) } }
            let next = convolved(context, layer, active, taps: 3, apart: 3)
            frames = next.enumerated().map { time, frame in zip(frame, frames[time + 3]).map { $0 + $1 } }
        }
        return (frames.first ?? []).indices.map { place in
            frames.reduce(0) { $0 + $1[place] } / Float(frames.count)
        }
    }

    /// A convolution over time without padding: (n, inputs) → (n − (taps − 1) · apart, outputs).
    private func convolved(
        _ context: ComputeContext, _ layer: Linear, _ frames: [[Float]], taps: Int, apart: Int
    ) -> [[Float]] {
        let count = frames.count - (taps - 1) * apart
        let inputs = layer.inputs / taps
        let rows = context.linear(
            layer,
            context.rows(
                (0..<count).map { time in
                    (0..<(inputs * taps)).map { frames[time + $0 % taps * apart][$0 / taps] }
                }))
        return (0..<count).map { rows[$0] }
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { first.byteCount + layers.reduce(0) { $0 + $1.byteCount } }
}

extension Linear {
    /// The weights of a convolution over time, (outputs, inputs, taps), as one product.
    fileprivate convenience init(overTime weights: Weights) throws {
        let shape = weights.shape(of: "weight") ?? [0, 0, 0]
        self.init(
            inputs: shape[1] * shape[2], outputs: shape[0], weights: try weights.tensor("weight"),
            bias: try weights.tensor("bias"), isPlain: weights.style.isPlain)
    }
}
