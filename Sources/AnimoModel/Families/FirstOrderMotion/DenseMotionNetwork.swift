import AnimoCompute
import AnimoModelFile

/// Source at a quarter of its size and both heads' key points → where each pixel comes from, and what is hidden.
final class DenseMotionNetwork: Sendable {
    private let quarter: Convolution
    private let hourglass: FirstOrderHourglass
    private let heads: Convolution
    private let alignsCorners: Bool

    /// Lays out the weights `down`, `hourglass`, and `mask` with `occlusion` as one convolution.
    ///
    /// - Parameter alignsCorners: whether positions of -1 and 1 are the outermost pixels' centres.
    init(_ weights: Weights, _ widths: FirstOrderWidths, alignsCorners: Bool) throws {
        let inputs = 4 * (widths.points + 1)
        let extent = weights.style.nativeSize / 4
        self.alignsCorners = alignsCorners
        quarter = try Convolution(quarter: weights.scoped(to: "down"))
        hourglass = try FirstOrderHourglass(
            weights.scoped(to: "hourglass"), widths.dense, inputs: inputs, extent: extent)
        heads = try Convolution(
            joining: weights.scoped(to: "mask"), weights.scoped(to: "occlusion"),
            inputs: [widths.dense.base, inputs], outputs: (widths.points + 1, 1), kernel: 7, padding: 3,
            extent: extent)
    }

    /// The source at a quarter of its size: (256, 256, 3) → (64, 64, 3).
    func prepare(_ context: ComputeContext, _ picture: Tensor) -> Tensor {
        context.convolve(quarter, ConvolutionInput(Operand(picture)))
    }

    /// - Parameters:
    ///   - sources: (64, 64, 3) each.
    ///   - bumps: of each source's key points.
    /// - Returns: (64, 64, 3 + points + 1): place, -1…1, what is not hidden, and the masks.
    func motion(
        _ context: ComputeContext, _ sources: Tensor, bumps: [[Float]], _ sparse: [SparseMotions]
    ) -> Tensor {
        let input = context.sparseMotionInput(sources, bumps: bumps, sparse, alignsCorners: alignsCorners)
        let features = hourglass.run(context, input)
        let logits = context.convolve(heads, ConvolutionInput(Operand(features), Operand(input)))
        context.release(features)
        context.release(input)
        let motion = context.blendMotions(logits, sparse)
        context.release(logits)
        return motion
    }

    /// Bytes of the weights as the kernels hold them, without the blur's few.
    var byteCount: Int { hourglass.byteCount + heads.byteCount }
}
