import AnimoCompute
import AnimoModelFile

/// An hourglass without styles: halvings that double the channels, then enlargements, each joined by what was halved.
///
/// x ← avgpool(relu(bn(conv3(x)))), then x ← [relu(bn(conv3(enlarge(x)))), skip]; batch norms folded in.
final class FirstOrderHourglass: Sendable {
    private let halvings: [Convolution]
    private let enlargements: [Convolution]

    /// - Parameters:
    ///   - inputs: channels of what it reads.
    ///   - extent: height or width of it at the model's native size.
    init(_ weights: Weights, _ widths: FirstOrderWidths.Hourglass, inputs: Int, extent: Int) throws {
        halvings = try (0..<widths.levels).map { level in
            let block = weights.scoped(to: "encoder.down_blocks.\(level)")
            return try Convolution(
                block, "conv", folding: "norm", inputs: [level == 0 ? inputs : widths.channels(level)],
                outputs: widths.channels(level + 1), kernel: 3, extent: extent >> level)
        }
        enlargements = try (0..<widths.levels).reversed().map { level in
            let block = weights.scoped(to: "decoder.up_blocks.\(widths.levels - 1 - level)")
            let inner = widths.channels(level + 1)
            return try Convolution(
                block, "conv", folding: "norm", inputs: level == widths.levels - 1 ? [inner] : [inner, inner],
                outputs: widths.channels(level), kernel: 3, form: .upsampling, extent: extent >> level)
        }
    }

    /// (h, w, inputs) → (h, w, base), to be joined by what was read.
    func run(_ context: ComputeContext, _ x: Tensor) -> Tensor {
        var skips = [x]
        for halving in halvings {
            let full = context.convolve(halving, ConvolutionInput(Operand(skips[skips.count - 1])), then: .relu)
            skips.append(context.materialise(Operand(full), .averagePooled))
            context.release(full)
        }
        var parts = [skips.removeLast()]
        for (level, enlargement) in enlargements.enumerated() {
            let input = ConvolutionInput(Operand(parts[0]), parts.count > 1 ? Operand(parts[1]) : nil)
            let out = context.convolve(enlargement, input, then: .relu)
            for part in parts { context.release(part) }
            parts = level == enlargements.count - 1 ? [out] : [out, skips.removeLast()]
        }
        return parts[0]
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { (halvings + enlargements).reduce(0) { $0 + $1.byteCount } }
}

extension Convolution {
    /// Two convolutions of the same input as one, their outputs side by side.
    convenience init(
        joining first: Weights, _ second: Weights, inputs: [Int], outputs: (Int, Int), kernel: Int, padding: Int,
        extent: Int
    ) throws {
        self.init(
            ConvolutionShape(
                inputs: inputs, outputs: outputs.0 + outputs.1, kernel: kernel, padding: padding, extent: extent),
            weights: try first.tensor("weight") + second.tensor("weight"),
            bias: try first.tensor("bias") + second.tensor("bias"), method: first.style.method,
            upTo: first.style.lanes)
    }

    /// The blur of the published networks and every fourth pixel of it, as its stored weights say.
    convenience init(quarter weights: Weights) throws {
        self.init(
            ConvolutionShape(
                inputs: [3], outputs: 3, kernel: 13, stride: 4, padding: 6, form: .depthwise,
                extent: weights.style.nativeSize / 4),
            weights: try weights.tensor("weight"), bias: [0, 0, 0],
            method: weights.style.method, upTo: weights.style.lanes)
    }
}
