import AnimoMotion
import AnimoCompute

/// Outputs of each stage of a first order motion model's rendering, for comparison with goldens: channels last.
package struct FirstOrderStages: Sendable {
    /// (64, 64, 256)
    package var features: [Float] = []
    /// (64, 64, points + 1)
    package var mask: [Float] = []
    /// (64, 64, 2), -1…1
    package var deformation: [Float] = []
    /// (64, 64)
    package var occlusion: [Float] = []
    /// (256, 256, 3), after the sigmoid.
    package var output: [Float] = []
}

extension FirstOrderNetworks {
    /// Renders one picture and keeps what the stages gave.
    func stages(_ context: ComputeContext, _ source: FirstOrderSource, _ driving: KeyPoints) -> FirstOrderStages {
        let rendered = render(context, [source], [driving])
        let (values, channels) = (rendered.motion.values(0), rendered.motion.channels)
        func part(_ range: Range<Int>) -> [Float] {
            stride(from: 0, to: values.count, by: channels).flatMap { start in
                range.map { values[start + $0] }
            }
        }
        return FirstOrderStages(
            features: context.workspace.gather(1) { _ in source.features }.values(0), mask: part(3..<channels),
            deformation: part(0..<2), occlusion: part(2..<3),
            output: context.sigmoidPicture(rendered.output, 0).pixels)
    }
}

extension ComputeContext {
    /// The sigmoid of one picture of an output: ½ + ½ tanh(x / 2).
    func sigmoidPicture(_ output: Tensor, _ index: Int) -> FloatImage {
        FloatImage(pixels: sigmoidPicture(output, index), width: output.width, height: output.height)
    }
}
