import AnimoCompute
import AnimoModelFile

/// Source picture and latent → flow at a quarter of the size: an hourglass styled by the motion.
///
/// Sizes are those of a 256×256 picture at the published width.
final class WarpingNetwork: Sendable {
    private let inputLayer: Convolution
    private let encoders: [EncoderBlock]
    private let decoders: [DecoderBlock]
    private let flowNorm: LayerNorm
    private let flowHead: Convolution
    private let norms: [AdaptiveNorm]

    /// Lays out the weights below `hourglass` and `flow_out`: five halvings, three doublings.
    init(_ weights: Weights, _ widths: AnimoWidths) throws {
        let hourglass = weights.scoped(to: "hourglass")
        let size = weights.style.nativeSize
        var norms: [AdaptiveNorm] = []
        inputLayer = try Convolution(
            hourglass.scoped(to: "encoder.input_layer"), inputs: [3], outputs: widths.warping(0), kernel: 7,
            extent: size)
        encoders = try (0..<5).map { level in
            try EncoderBlock(
                hourglass.scoped(to: "encoder.encoder\(level)"), from: widths.warping(level),
                to: widths.warping(level + 1), extent: size >> (level + 1), norms: &norms)
        }
        var parts = [widths.warping(5)]
        var decoders: [DecoderBlock] = []
        for level in [4, 3, 2] {
            let outputs = widths.warping(level)
            decoders.append(
                try DecoderBlock(
                    hourglass.scoped(to: "decoder.decoder\(level)"), from: parts, to: outputs,
                    extent: size >> level, norms: &norms))
            parts = [outputs, widths.warping(level)]
        }
        self.decoders = decoders
        flowNorm = try LayerNorm(weights.scoped(to: "flow_out.0"), channels: parts)
        flowHead = try Convolution(
            weights.scoped(to: "flow_out.2"), inputs: parts, outputs: 2, kernel: 7, extent: size / 4)
        self.norms = norms
    }

    /// The first convolution, which depends on the source alone: (256, 256, 3) → (256, 256, 32).
    func prepare(_ context: ComputeContext, _ picture: Tensor) -> Measured {
        context.measured(inputLayer, ConvolutionInput(Operand(picture)))
    }

    /// - Parameter first: what `prepare` gave, (256, 256, 32).
    /// - Returns: the flow, (64, 64, 2), x then y in its own pixels.
    func flow(_ context: ComputeContext, _ first: Measured, _ latent: Rows) -> Tensor {
        let styles = context.styles(norms, latent)
        var x = first
        var skips = InlineArray<5, Measured>(repeating: first)
        for (level, encoder) in encoders.enumerated() {
            x = encoder.run(context, x, styles)  // (128, 128, 64) … (8, 8, 256)
            // The largest one is not read by any decoder.
            if level == 1 { context.release(skips[0].tensor) }
            skips[level] = x
        }
        var skip: Measured?
        for (index, decoder) in decoders.enumerated() {
            let out = decoder.run(context, x, skip, styles)  // (16, 16, 256) (32, 32, 256) (64, 64, 128)
            context.release(x.tensor)
            if let skip { context.release(skip.tensor) }
            (x, skip) = (out, skips[3 - index])
        }
        let affines = context.layerNorm(x.moments, skip?.moments, flowNorm, batch: latent.batch)
        let flow = context.convolve(
            flowHead,
            ConvolutionInput(
                Operand(x.tensor, affines.first, slope: leak),
                skip.map { Operand($0.tensor, affines.second, slope: leak) }))
        context.release(x.tensor)
        if let skip { context.release(skip.tensor) }
        return flow
    }

    /// Bytes of the weights as the kernels hold them, those of the styles among them.
    var byteCount: Int {
        inputLayer.byteCount + flowHead.byteCount + encoders.reduce(0) { $0 + $1.byteCount }
            + decoders.reduce(0) { $0 + $1.byteCount } + norms.reduce(0) { $0 + $1.byteCount }
    }
}

/// x ← conv4/2(lrelu(adain(x))), x ← conv3(lrelu(adain(x)))
private struct EncoderBlock: Sendable {
    let halving: Convolution
    let second: Convolution
    let firstNorm: Int
    let secondNorm: Int

    init(_ weights: Weights, from: Int, to: Int, extent: Int, norms: inout [AdaptiveNorm]) throws {
        halving = try Convolution(
            weights.scoped(to: "conv_0"), inputs: [from], outputs: to, kernel: 4, stride: 2, extent: extent)
        second = try Convolution(
            weights.scoped(to: "conv_1"), inputs: [to], outputs: to, kernel: 3, extent: extent)
        firstNorm = norms.count
        secondNorm = norms.count + 1
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm_0"), channels: [from]))
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm_1"), channels: [to]))
    }

    func run(_ context: ComputeContext, _ x: Measured, _ styles: Styles) -> Measured {
        let first = context.adaptiveNorm(x.moments, styles[firstNorm])
        let halved = context.measured(halving, ConvolutionInput(Operand(x.tensor, first, slope: leak)))
        let next = context.adaptiveNorm(halved.moments, styles[secondNorm])
        let out = context.measured(second, ConvolutionInput(Operand(halved.tensor, next, slope: leak)))
        context.release(halved.tensor)
        return out
    }

    var byteCount: Int { halving.byteCount + second.byteCount }
}

/// d = conv3(lrelu(adain₀(x))); out = convT_s(lrelu(adain_s(x))) + convT_1(lrelu(adain₁(d)))
///
/// The two transposed convolutions are added, so they are one, over x and d side by side.
private struct DecoderBlock: Sendable {
    let inner: Convolution
    let doubling: Convolution
    let parts: [Int]
    let innerNorm: Int
    let sideNorm: Int
    let lastNorm: Int

    init(_ weights: Weights, from parts: [Int], to: Int, extent: Int, norms: inout [AdaptiveNorm]) throws {
        self.parts = parts
        inner = try Convolution(
            weights.scoped(to: "conv_0"), inputs: parts, outputs: to, kernel: 3, extent: extent / 2)
        let (side, last) = (weights.scoped(to: "conv_s"), weights.scoped(to: "conv_1"))
        let bias = zip(try side.tensor("bias"), try last.tensor("bias")).map { $0 + $1 }
        doubling = Convolution(
            ConvolutionShape(
                inputs: parts + [to], outputs: to, kernel: 3, stride: 2, padding: 1, form: .transposed,
                extent: extent),
            weights: try side.tensor("weight") + last.tensor("weight"), bias: bias, method: weights.style.method,
            upTo: weights.style.lanes)
        innerNorm = norms.count
        sideNorm = norms.count + 1
        lastNorm = norms.count + 2
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm_0"), channels: parts))
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm_s"), channels: parts))
        norms.append(try AdaptiveNorm(weights.scoped(to: "norm_1"), channels: [to]))
    }

    /// - Parameter skip: the encoder's features of the same size; none for the smallest.
    func run(_ context: ComputeContext, _ x: Measured, _ skip: Measured?, _ styles: Styles) -> Measured {
        func operand(_ part: Measured, _ norm: Int, offset: Int = 0) -> Operand {
            Operand(
                part.tensor, context.adaptiveNorm(part.moments, styles[norm], offset: offset), slope: leak)
        }
        let behind = paddedChannels(parts[0])
        let d = context.measured(
            inner,
            ConvolutionInput(operand(x, innerNorm), skip.map { operand($0, innerNorm, offset: behind) }))
        let last = operand(d, lastNorm)
        let side = skip.map { operand($0, sideNorm, offset: behind) }
        let out = context.measured(
            doubling, ConvolutionInput(operand(x, sideNorm), side ?? last, side == nil ? nil : last))
        context.release(d.tensor)
        return out
    }

    var byteCount: Int { inner.byteCount + doubling.byteCount }
}
