import AnimoCompute

/// A frame's numbers (70 of AniMo) → latent (256 as published); all domains share it.
///
/// h = W m + b, then three times h ← W_i lrelu(h) + b_i + h.
final class MotionNetwork: Sendable {
    private let first: Linear
    private let layers: [Linear]

    /// Lays out the weights `first.0`, `encoder0.1`, `encoder1.1` and `encoder2.1`.
    init(_ weights: Weights) throws {
        first = try Linear(weights.scoped(to: "first.0"))
        layers = try (0..<3).map { try Linear(weights.scoped(to: "encoder\($0).1")) }
    }

    /// - Parameter codes: the numbers of one frame for each picture of the batch.
    func latent(_ context: ComputeContext, _ batch: Int, codes: (_ picture: Int) -> [Float]) -> Rows {
        var latent = context.linear(first, context.rows(batch, codes))
        for layer in layers { latent = context.residualLinear(layer, latent, slope: leak) }
        return latent
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { first.byteCount + layers.reduce(0) { $0 + $1.byteCount } }
}
