import AnimoCompute
import AnimoModelFile

/// Source picture, flow and latent → picture: features of the source, warped, refined under the motion's style.
///
/// Sizes are those of a 256×256 picture at the published width.
final class EditingNetwork: Sendable {
    private let first: NormedConvolution
    private let halvings: EditingHalvings
    private let decoder: EditingDecoder

    /// Lays out the weights below `encoder` and `decoder`.
    init(_ weights: Weights, _ widths: AnimoWidths) throws {
        let encoder = weights.scoped(to: "encoder")
        first = try NormedConvolution(
            encoder.scoped(to: "first"), from: 3, to: widths.editing(0), kernel: 7, extent: weights.style.nativeSize)
        halvings = try EditingHalvings(encoder, widths)
        decoder = try EditingDecoder(weights.scoped(to: "decoder"), widths)
    }

    /// The features of a source picture, which depend on it alone:
    /// (256, 256, 64), (128, 128, 128), (64, 64, 256), (32, 32, 256).
    func encode(_ context: ComputeContext, _ picture: Tensor) -> [Tensor] {
        let raw = first.run(context, Operand(picture))
        let largest = context.materialise(raw)
        context.release(raw)
        let halved = halvings.run(context, Operand(largest))
        return [largest, halved[0], halved[1], halved[2]]
    }

    /// The picture before its tanh, (256, 256, 3).
    func decode(
        _ context: ComputeContext, _ features: InlineArray<4, Tensor>, _ flow: Tensor, _ latent: Rows
    ) -> Tensor {
        let warped = InlineArray<4, Operand> { level in
            let feature = features[level]
            return .warped(feature, context.positions(flow, height: feature.height, width: feature.width))
        }
        return decoder.run(context, warped, latent)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { first.convolution.byteCount + halvings.byteCount + decoder.byteCount }
}

/// The rest of an editing encoder: three times a convolution, its norm and the mean of 2×2 pixels.
struct EditingHalvings: Sendable {
    private let convolutions: [NormedConvolution]

    /// Lays out the weights `down0`, `down1` and `down2`.
    init(_ encoder: Weights, _ widths: AnimoWidths) throws {
        convolutions = try (0..<3).map {
            try NormedConvolution(
                encoder.scoped(to: "down\($0)"), from: widths.editing($0), to: widths.editing($0 + 1),
                extent: encoder.style.nativeSize >> $0)
        }
    }

    /// (256, 256, 64) → (128, 128, 128), (64, 64, 256), (32, 32, 256).
    func run(_ context: ComputeContext, _ largest: Operand) -> InlineArray<3, Tensor> {
        var input = largest
        return InlineArray<3, Tensor> { level in
            let raw = convolutions[level].run(context, input)
            let feature = context.materialise(raw, .averagePooled)
            context.release(raw)
            input = Operand(feature)
            return feature
        }
    }

    /// Bytes of the weights as the kernels hold them, without those of the norms.
    var byteCount: Int { convolutions.reduce(0) { $0 + $1.convolution.byteCount } }
}

/// Features of four sizes and latent → picture: the smallest refined under the motion's style, enlarged, and joined by
/// the next larger one.
struct EditingDecoder: Sendable {
    private let levels: [DecoderLevel]
    private let final: Convolution
    private let norms: [AdaptiveNorm]

    /// Lays out the weights `res…`, `up…`, `jump…` of the levels 2, 1 and 0, and `final`.
    init(_ decoder: Weights, _ widths: AnimoWidths) throws {
        let size = decoder.style.nativeSize
        var norms: [AdaptiveNorm] = []
        levels = try [2, 1, 0].map {
            try DecoderLevel(
                decoder, level: $0, from: widths.editing($0 + 1), to: widths.editing($0), extent: size >> $0,
                norms: &norms)
        }
        final = try Convolution(
            decoder.scoped(to: "final.model.0"), inputs: [widths.editing(0)], outputs: 3, kernel: 7, extent: size)
        self.norms = norms
    }

    /// - Parameter features: the largest first; their memory is released.
    /// - Returns: the picture before its tanh, (256, 256, 3).
    func run(_ context: ComputeContext, _ features: InlineArray<4, Operand>, _ latent: Rows) -> Tensor {
        let styles = context.styles(norms, latent)
        var x = features[3]
        for level in levels { x = level.run(context, x, features[level.level], styles) }
        let picture = context.convolve(final, ConvolutionInput(x))
        context.release(x)
        return picture
    }

    /// Bytes of the weights as the kernels hold them, those of the styles among them.
    var byteCount: Int {
        levels.reduce(0) { $0 + $1.byteCount } + final.byteCount + norms.reduce(0) { $0 + $1.byteCount }
    }
}

/// lrelu(layernorm(conv(x))), the norm and the activation left to its reader.
struct NormedConvolution: Sendable {
    /// `model.0`, with its bias.
    let convolution: Convolution
    /// `model.1`, over all pixels and channels of a picture.
    let norm: LayerNorm

    /// - Parameters:
    ///   - from: channels of the input.
    ///   - to: channels of the output.
    ///   - extent: output height or width at the model's native size.
    init(
        _ weights: Weights, from: Int, to: Int, kernel: Int = 3, form: ConvolutionForm = .plain, extent: Int
    ) throws {
        convolution = try Convolution(
            weights.scoped(to: "model.0"), inputs: [from], outputs: to, kernel: kernel, form: form, extent: extent)
        norm = try LayerNorm(weights.scoped(to: "model.1"), channels: [to])
    }

    /// (h, w, from) → (h, w, to), or twice as high and wide where the form enlarges.
    func run(_ context: ComputeContext, _ x: Operand) -> Operand {
        context.normed(context.measured(convolution, ConvolutionInput(x)), norm)
    }
}

extension ComputeContext {
    /// lrelu(layernorm(x)), for its reader.
    func normed(_ x: Measured, _ norm: LayerNorm) -> Operand {
        Operand(x.tensor, layerNorm(x.moments, norm, batch: x.tensor.batch), slope: leak)
    }
}

/// x + adain(conv3(x)): what is left of the published block, which throws away its other half.
private struct ResidualBlock: Sendable {
    let convolution: Convolution
    let norm: Int

    init(_ weights: Weights, channels: Int, extent: Int, norms: inout [AdaptiveNorm]) throws {
        convolution = try Convolution(
            weights.scoped(to: "conv2"), inputs: [channels], outputs: channels, kernel: 3, extent: extent)
        norm = norms.count
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm2"), channels: [channels]))
    }

    func run(_ context: ComputeContext, _ x: Operand, _ styles: Styles) -> Operand {
        let kept = context.tensor(like: x)
        let out = context.measured(convolution, ConvolutionInput(x.keeping(kept)))
        context.release(x)
        return .sum(Operand(kept), Operand(out.tensor, context.adaptiveNorm(out.moments, styles[norm])))
    }
}

/// Two residual blocks, enlargement by two, and the source's feature of that size.
private struct DecoderLevel: Sendable {
    let level: Int
    let blocks: [ResidualBlock]
    let up: NormedConvolution
    let jump: NormedConvolution

    init(
        _ decoder: Weights, level: Int, from: Int, to: Int, extent: Int, norms: inout [AdaptiveNorm]
    ) throws {
        self.level = level
        blocks = try (0..<2).map {
            try ResidualBlock(
                decoder.scoped(to: "res\(level).res\($0)"), channels: from, extent: extent / 2, norms: &norms)
        }
        up = try NormedConvolution(
            decoder.scoped(to: "up\(level)"), from: from, to: to, form: .upsampling, extent: extent)
        jump = try NormedConvolution(decoder.scoped(to: "jump\(level)"), from: to, to: to, extent: extent)
    }

    func run(
        _ context: ComputeContext, _ x: Operand, _ feature: Operand, _ styles: Styles
    ) -> Operand {
        var x = x
        for block in blocks { x = block.run(context, x, styles) }
        let enlarged = up.run(context, x)
        context.release(x)
        let joined = jump.run(context, feature)
        context.release(feature)
        return .sum(enlarged, joined)
    }

    var byteCount: Int {
        blocks.reduce(0) { $0 + $1.convolution.byteCount } + up.convolution.byteCount + jump.convolution.byteCount
    }
}
