import AnimoCompute

/// A photographed face, cropped, (224, 224, 3) in 0…1 → 236 parameters of FLAME, by ResNet-50 and a perceptron of two
/// layers: DECA's coarse encoder (Feng et al. 2021).
public final class DECA: Sendable {
    /// Height and width of the frames it reads.
    public static let side = 224
    /// Shape 100, texture 50, expression 50, the head's and the jaw's rotation 6, camera 3, light 27.
    public static let parameterCount = 236

    private let encoder: ResidualNetwork
    private let hidden: Linear
    private let last: Linear

    public init(_ weights: Weights) throws {
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
    public func stages(_ context: ComputeContext, _ frame: FloatImage) -> ResidualStages {
        encoder.stages(context, frame) { head(context, $0) }
    }

    private func head(_ context: ComputeContext, _ features: Rows) -> Rows {
        context.linear(last, context.linear(hidden, features, slope: 0))
    }
}

/// What DECA says of a face's form and movement: shape 100, expression 50, the head's and the jaw's rotation as
/// axis-angle in radians, 3 each.
public struct FlameCode: Sendable, Equatable {
    public static let count = 156

    /// Always ``count`` of them.
    public let values: [Float]

    /// - Throws: where there are not 156 numbers or one is not finite.
    public init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "FLAME code: expected \(Self.count) numbers, got \(values.count)")
        }
        guard values.allSatisfy(\.isFinite) else { throw PoseError(.notFinite, "FLAME code: expected finite numbers") }
        self.values = values
    }

    /// - Parameter parameters: the 236 of the encoder, of which texture, camera and light are left out.
    public init(parameters: [Float]) throws(PoseError) {
        guard parameters.count == DECA.parameterCount else {
            throw PoseError(
                .count, "DECA: expected \(DECA.parameterCount) parameters, got \(parameters.count)")
        }
        try self.init(Array(parameters[0..<100] + parameters[150..<206]))
    }

    public var expression: ArraySlice<Float> { values[100..<150] }
    public var head: ArraySlice<Float> { values[150..<153] }
    public var jaw: ArraySlice<Float> { values[153..<156] }
}
