import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// A photographed face, aligned, (224, 224, 3) in 0…1 → 257 coefficients of a morphable model, by ResNet-50 and seven
/// linear heads (Deng et al. 2019, in the PyTorch port's names).
package final class Deep3D: Sendable {
    /// Height and width of the frames it reads.
    package static let side = FrameReaderFacts.coefficientSide

    private let backbone: ResidualNetwork
    /// The heads as one.
    private let last: Linear

    /// Lays out the weights.
    package init(_ weights: Weights) throws {
        backbone = try ResidualNetwork(weights.scoped(to: "backbone"), side: Self.side)
        let heads = (0..<FaceCoefficients.heads.count).map { weights.scoped(to: "final_layers.\($0)") }
        last = Linear(
            inputs: heads[0].shape(of: "weight")?.dropFirst().first ?? 0, outputs: FaceCoefficients.count,
            weights: try heads.flatMap { try $0.tensor("weight") }, bias: try heads.flatMap { try $0.tensor("bias") },
            isPlain: weights.style.isPlain)
    }

    /// - Parameter frames: (batch, 224, 224, 3)
    /// - Returns: (batch, 257)
    func coefficients(_ context: ComputeContext, _ frames: Tensor) -> Rows {
        context.linear(last, backbone.features(context, frames))
    }

    /// Reads one frame, and says what every stage gave.
    package func stages(_ context: ComputeContext, _ frame: FloatImage) -> ResidualStages {
        backbone.stages(context, frame) { context.linear(last, $0) }
    }
}
