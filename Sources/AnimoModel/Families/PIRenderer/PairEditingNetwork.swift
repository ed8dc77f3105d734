import AnimoCompute
import AnimoModelFile

/// Source picture, the same warped, and latent → picture: PIRenderer's editing network, whose encoder reads both
/// pictures and whose features are not warped.
///
/// Its first convolution is linear in its six channels, so that the source's half of it is computed once:
/// conv([I, W]) = conv_I(I) + conv_W(W). Sizes are those of a 256×256 picture at the published width.
final class PairEditingNetwork: Sendable {
    private let sourceHalf: Convolution
    private let warpedHalf: Convolution
    private let norm: LayerNorm
    private let halvings: EditingHalvings
    private let decoder: EditingDecoder

    /// Lays out the weights below `encoder` and `decoder`, `first.model.0` in two halves of three channels.
    init(_ weights: Weights, _ widths: AnimoWidths) throws {
        let encoder = weights.scoped(to: "encoder")
        let first = encoder.scoped(to: "first.model.0")
        let (all, outputs, each) = (try first.tensor("weight"), widths.editing(0), 3 * 7 * 7)
        let shape = ConvolutionShape(inputs: [3], outputs: outputs, kernel: 7, extent: weights.style.nativeSize)
        func half(_ index: Int, bias: [Float]) -> Convolution {
            var own: [Float] = []
            for output in 0..<outputs {
                let start = (2 * output + index) * each
                own += all[start..<(start + each)]
            }
            return Convolution(
                shape, weights: own, bias: bias, method: weights.style.method, upTo: weights.style.lanes)
        }
        sourceHalf = half(0, bias: try first.tensor("bias"))
        warpedHalf = half(1, bias: [])
        norm = try LayerNorm(encoder.scoped(to: "first.model.1"), channels: [outputs])
        halvings = try EditingHalvings(encoder, widths)
        decoder = try EditingDecoder(weights.scoped(to: "decoder"), widths)
    }

    /// The source's half of the first convolution: (256, 256, 3) → (256, 256, 64).
    func prepare(_ context: ComputeContext, _ picture: Tensor) -> Tensor {
        context.convolve(sourceHalf, ConvolutionInput(Operand(picture)))
    }

    /// - Parameters:
    ///   - prepared: what `prepare` gave.
    ///   - warped: the source picture under the flow, (256, 256, 3).
    /// - Returns: the picture before its tanh, (256, 256, 3).
    func render(_ context: ComputeContext, _ prepared: Tensor, warped: Operand, _ latent: Rows) -> Tensor {
        let first = context.measured(warpedHalf, ConvolutionInput(warped), adding: prepared)
        let largest = context.normed(first, norm)
        let halved = halvings.run(context, largest)
        let features = InlineArray<4, Operand> { $0 == 0 ? largest : Operand(halved[$0 - 1]) }
        return decoder.run(context, features, latent)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int {
        sourceHalf.byteCount + warpedHalf.byteCount + halvings.byteCount + decoder.byteCount
    }
}
