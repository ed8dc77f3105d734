import AnimoCompute
import AnimoModelFile

/// Source picture and dense motion → picture: features of the source, moved and refined.
///
/// Sizes are those of a 256×256 picture at the published width; batch norms are folded in.
final class FirstOrderGenerator: Sendable {
    private let first: Convolution
    private let halvings: [Convolution]
    private let blocks: [FirstOrderBlock]
    private let enlargements: [Convolution]
    private let final: Convolution
    private let alignsCorners: Bool

    /// Lays out the weights `first`, `down_blocks`, `bottleneck`, `up_blocks` and `final`.
    ///
    /// - Parameter alignsCorners: whether positions of -1 and 1 are the outermost pixels' centres.
    init(_ weights: Weights, _ widths: FirstOrderWidths, alignsCorners: Bool) throws {
        let (own, size) = (widths.generator, weights.style.nativeSize)
        self.alignsCorners = alignsCorners
        first = try Convolution(
            weights.scoped(to: "first"), "conv", folding: "norm", inputs: [3], outputs: own.base, kernel: 7,
            extent: size)
        halvings = try (0..<own.levels).map { level in
            try Convolution(
                weights.scoped(to: "down_blocks.\(level)"), "conv", folding: "norm", inputs: [own.channels(level)],
                outputs: own.channels(level + 1), kernel: 3, extent: size >> level)
        }
        blocks = try (0..<widths.blocks).map {
            try FirstOrderBlock(
                weights.scoped(to: "bottleneck.r\($0)"), channels: own.channels(own.levels),
                extent: size >> own.levels)
        }
        enlargements = try (0..<own.levels).reversed().map { level in
            try Convolution(
                weights.scoped(to: "up_blocks.\(own.levels - 1 - level)"), "conv", folding: "norm",
                inputs: [own.channels(level + 1)], outputs: own.channels(level), kernel: 3, form: .upsampling,
                extent: size >> level)
        }
        final = try Convolution(
            weights.scoped(to: "final"), inputs: [own.base], outputs: 3, kernel: 7, extent: size)
    }

    /// Encodes the part that depends on the source alone: (256, 256, 3) → (64, 64, 256).
    func encode(_ context: ComputeContext, _ picture: Tensor) -> Tensor {
        var x = context.convolve(first, ConvolutionInput(Operand(picture)), then: .relu)
        for halving in halvings {
            let full = context.convolve(halving, ConvolutionInput(Operand(x)), then: .relu)
            context.release(x)
            x = context.materialise(Operand(full), .averagePooled)
            context.release(full)
        }
        return x
    }

    /// The picture before its sigmoid, (256, 256, 3).
    func decode(_ context: ComputeContext, _ features: Tensor, _ motion: Tensor) -> Tensor {
        var x = context.warped(features, by: motion, alignsCorners: alignsCorners)
        for block in blocks { x = block.run(context, x) }
        for enlargement in enlargements {
            let larger = context.convolve(enlargement, ConvolutionInput(Operand(x)), then: .relu)
            context.release(x)
            x = larger
        }
        let picture = context.convolve(final, ConvolutionInput(Operand(x)))
        context.release(x)
        return picture
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int {
        (halvings + enlargements).reduce(first.byteCount + final.byteCount) { $0 + $1.byteCount }
            + blocks.reduce(0) { $0 + $1.byteCount }
    }
}

/// x + conv3(relu(bn₂(conv3(relu(bn₁(x)))))): the second norm folded, the first applied as x is loaded.
private struct FirstOrderBlock: Sendable {
    let first: Convolution
    let second: Convolution
    let norm: BatchNorm

    init(_ weights: Weights, channels: Int, extent: Int) throws {
        norm = try BatchNorm(weights.scoped(to: "norm1"))
        first = try Convolution(
            weights, "conv1", folding: "norm2", inputs: [channels], outputs: channels, kernel: 3, extent: extent)
        second = try Convolution(
            weights.scoped(to: "conv2"), inputs: [channels], outputs: channels, kernel: 3, extent: extent)
    }

    func run(_ context: ComputeContext, _ x: Tensor) -> Tensor {
        let affine = context.affine(scale: norm.scale, shift: norm.shift, batch: x.batch)
        let inner = context.convolve(first, ConvolutionInput(Operand(x, affine, slope: 0)), then: .relu)
        let out = context.convolve(second, ConvolutionInput(Operand(inner)), adding: x)
        context.release(inner)
        context.release(x)
        return out
    }

    var byteCount: Int { first.byteCount + second.byteCount }
}
