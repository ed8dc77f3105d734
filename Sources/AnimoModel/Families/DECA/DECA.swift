import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// A photographed face, cropped, (224, 224, 3) in 0…1 → 236 parameters of FLAME, by ResNet-50 and a perceptron of two
/// layers: DECA's coarse encoder (Feng et al. 2021).
package final class DECA: Sendable {
    /// Height and width of the frames it reads.
    package static let side = FrameReaderFacts.coefficientSide

    private let encoder: ResidualNetwork
    private let hidden: Linear
    private let last: Linear

    /// Lays out the weights.
    package init(_ weights: Weights) throws {
        encoder = try ResidualNetwork(weights.scoped(to: "encoder"), side: Self.side)
        hidden = try Linear(weights.scoped(to: "layers.0"))
        last = try Linear(weights.scoped(to: "layers.2"))
    }

    /// - Parameter frames: (batch, 224, 224, 3)
    /// - Returns: (batch, 236)
    func parameters(_ context: ComputeContext, _ frames: Tensor) -> Rows {
        head(context, encoder.features(context, frames))
    }

    /// Reads one frame, and says what every stage gave.
    package func stages(_ context: ComputeContext, _ frame: FloatImage) -> ResidualStages {
        encoder.stages(context, frame) { head(context, $0) }
    }

    private func head(_ context: ComputeContext, _ features: Rows) -> Rows {
        context.linear(last, context.linear(hidden, features, slope: 0))
    }
}
