import AnimoCompute
import AnimoModelFile

/// Picture → key points with Jacobians: an hourglass over the picture at a quarter of its size, two heads of 7×7
/// without padding, and the mean under a softmax of temperature 0.1.
final class KeyPointDetector: Sendable {
    private let quarter: Convolution
    private let hourglass: FirstOrderHourglass
    private let heads: Convolution
    private let points: Int

    /// Lays out the weights `down`, `predictor`, and `kp` with `jacobian` as one convolution.
    init(_ weights: Weights, _ widths: FirstOrderWidths) throws {
        let extent = weights.style.nativeSize / 4
        points = widths.points
        quarter = try Convolution(quarter: weights.scoped(to: "down"))
        hourglass = try FirstOrderHourglass(
            weights.scoped(to: "predictor"), widths.keypoints, inputs: 3, extent: extent)
        heads = try Convolution(
            joining: weights.scoped(to: "kp"), weights.scoped(to: "jacobian"), inputs: [widths.keypoints.base, 3],
            outputs: (widths.points, 4 * widths.points), kernel: 7, padding: 0, extent: extent - 6)
    }

    /// - Parameter pictures: (256, 256, 3); sides are multiples of 128.
    /// - Returns: for each picture six numbers of each point.
    func keyPoints(_ context: ComputeContext, _ pictures: Tensor) -> [[Float]] {
        let small = context.convolve(quarter, ConvolutionInput(Operand(pictures)))
        let features = hourglass.run(context, small)
        let maps = context.convolve(heads, ConvolutionInput(Operand(features), Operand(small)))
        context.release(features)
        context.release(small)
        let found = context.keyPoints(maps, points: points, temperature: 0.1)
        context.release(maps)
        return found
    }

    /// Bytes of the weights as the kernels hold them, without the blur's few.
    var byteCount: Int { hourglass.byteCount + heads.byteCount }
}
