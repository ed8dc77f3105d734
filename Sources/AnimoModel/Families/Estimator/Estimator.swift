import AnimoCompute

/// A frame, (128, 128, 3) in 0…1 → motion (70): a slim residual network.
final class Estimator: Sendable {
    private let network: ResidualNetwork
    private let last: Linear

    /// Lays out the residual network's weights and `fc`.
    ///
    /// - Parameter side: height and width of the frames, in pixels.
    init(_ weights: Weights, side: Int) throws {
        network = try ResidualNetwork(weights, side: side)
        last = try Linear(weights.scoped(to: "fc"))
    }

    /// - Parameter pictures: (batch, side, side, 3)
    /// - Returns: (batch, 70)
    func motions(_ context: ComputeContext, _ pictures: Tensor) -> Rows {
        context.linear(last, network.features(context, pictures))
    }
}
