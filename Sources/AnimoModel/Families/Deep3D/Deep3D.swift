import AnimoCompute

/// A photographed face, aligned, (224, 224, 3) in 0…1 → 257 coefficients of a morphable model, by ResNet-50 and seven
/// linear heads (Deng et al. 2019, in the PyTorch port's names).
public final class Deep3D: Sendable {
    /// Height and width of the frames it reads.
    public static let side = 224
    /// Numbers of each head, in the order they are joined: identity, expression, texture, angles, light, translation
    /// in the picture's plane, translation along the camera's axis.
    static let heads = [80, 64, 80, 3, 27, 2, 1]

    private let backbone: ResidualNetwork
    /// The heads as one.
    private let last: Linear

    public init(_ weights: Weights) throws {
        backbone = try ResidualNetwork(weights.scoped(to: "backbone"), side: Self.side)
        let heads = (0..<Self.heads.count).map { weights.scoped(to: "final_layers.\($0)") }
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
    public func stages(_ context: ComputeContext, _ frame: FloatImage) -> ResidualStages {
        backbone.stages(context, frame) { context.linear(last, $0) }
    }
}

/// What Deep3DFaceRecon says of one face.
public struct FaceCoefficients: Sendable, Equatable {
    /// Identity 80, expression 64, texture 80, angles 3, light 27, translation 3.
    public static let count = 257

    /// Always ``count`` of them.
    public let values: [Float]

    /// - Throws: where there are not 257 numbers or one is not finite.
    public init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "coefficients: expected \(Self.count) numbers, got \(values.count)")
        }
        guard values.allSatisfy(\.isFinite) else {
            throw PoseError(.notFinite, "coefficients: expected finite numbers")
        }
        self.values = values
    }

    /// Expression, angles and translation.
    public var motion: Motion {
        Motion(trusted: Array(values[80..<144] + values[224..<227] + values[254..<257]))
    }
}
