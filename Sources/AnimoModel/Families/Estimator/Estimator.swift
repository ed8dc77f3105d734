import AnimoCompute

/// A frame, (128, 128, 3) in 0…1 → motion (70): a slim residual network.
final class Estimator: Sendable {
    private let network: ResidualNetwork
    private let last: Linear

    init(_ weights: Weights, side: Int) throws {
        network = try ResidualNetwork(weights, side: side)
        last = try Linear(weights.scoped(to: "fc"))
    }

    func motions(_ context: ComputeContext, _ pictures: Tensor) -> Rows {
        context.linear(last, network.features(context, pictures))
    }
}
