import AnimoCompute
import AnimoMotion
import Foundation

/// A photographed face's expression → the 17 morphs of an anime head, by a perceptron of four layers: the expression
/// domain translation network (Kim et al. 2023).
///
/// The published inference multiplies the mouth's morphs by 1.5 in words only: its slice is of the wrong axis and
/// empty, so nothing is multiplied here either.
package final class EDTN: Sendable {
    private let layers: [Linear]

    /// Lays out the weights.
    package init(_ weights: Weights) throws {
        layers = try [0, 2, 4, 6].map { try Linear(weights.scoped(to: "main.\($0)")) }
    }

    /// Morphs in 0…1, and pitch, roll and yaw in degrees: the head's rotation about X, Z and Y.
    func pose(_ context: ComputeContext, _ code: FlameCode) throws -> Pose { try Pose(stages(context, code).pose) }

    /// Outputs of each stage for one code.
    package struct Stages: Sendable, Equatable {
        /// (53)
        package var face: [Float]
        /// After each leaky ReLU.
        package var hidden: [[Float]]
        /// (20)
        package var pose: [Float]
    }

    /// Maps one code and keeps what each stage gave.
    package func stages(_ context: ComputeContext, _ code: FlameCode) -> Stages {
        let face = Array(code.expression + code.jaw)
        var stages = Stages(face: face, hidden: [], pose: [])
        var x = context.rows([face])
        for layer in layers.dropLast() {
            x = context.linear(layer, x, slope: 0.2)
            stages.hidden.append(x[0])
        }
        let morphs = context.linear(layers[layers.count - 1], x)[0].map { 1 / (1 + exp(-$0)) }
        let head = Array(code.head)
        stages.pose = morphs + [head[0], head[2], head[1]].map { Float(Double($0) * 180 / .pi) }
        return stages
    }
}
