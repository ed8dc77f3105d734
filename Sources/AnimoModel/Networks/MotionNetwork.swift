import AnimoCompute

/// Motion (70) → latent (256 as published); both domains share it.
///
/// h = W m + b, then three times h ← W_i lrelu(h) + b_i + h.
final class MotionNetwork: Sendable {
    private let first: Linear
    private let layers: [Linear]

    init(_ weights: Weights) throws {
        first = try Linear(weights.scoped(to: "first.0"))
        layers = try (0..<3).map { try Linear(weights.scoped(to: "encoder\($0).1")) }
    }

    func latent(_ executor: Executor, _ motions: [Motion]) -> Rows {
        var latent = executor.linear(first, executor.rows(motions.map(\.values)))
        for layer in layers { latent = executor.residualLinear(layer, latent, slope: leak) }
        return latent
    }
}
