import AnimoCompute
import AnimoModelFile

/// A head's crop, (256, 256, 3) in 0…1 → latent pose (256 as published): MobileNetV2 (Sandler et al. 2018), batch norms
/// folded in.
final class PoseEncoder: Sendable {
    private let stem: Convolution
    private let blocks: [InvertedResidual]
    private let widening: Convolution
    private let classifier: Linear

    /// - Parameter side: of the frames.
    init(_ weights: Weights, side: Int) throws {
        func width(_ name: String) -> Int { weights.shape(of: "\(name).weight")?.first ?? 0 }
        var channels = width("features.0.0")
        var extent = side / 2
        stem = try Convolution(
            weights, "features.0.0", folding: "features.0.1", inputs: [3], outputs: channels, kernel: 3, stride: 2,
            extent: extent)
        var blocks: [InvertedResidual] = []
        for (index, (stride, expansion)) in zip(PoseEncoderLayout.strides, PoseEncoderLayout.expansions).enumerated() {
            let block = try InvertedResidual(
                weights.scoped(to: "features.\(index + 1).conv"), from: channels, isExpanded: expansion != 1,
                stride: stride, extent: extent)
            blocks.append(block)
            (channels, extent) = (block.outputs, (extent - 1) / stride + 1)
        }
        self.blocks = blocks
        widening = try Convolution(
            weights, "features.\(PoseEncoderLayout.last).0", folding: "features.\(PoseEncoderLayout.last).1",
            inputs: [channels],
            outputs: width("features.\(PoseEncoderLayout.last).0"), kernel: 1, extent: extent)
        classifier = try Linear(weights.scoped(to: "classifier.1"))
    }

    /// Numbers of a latent pose.
    var outputs: Int { classifier.outputs }

    /// - Parameters:
    ///   - frames: (batch, 256, 256, 3)
    ///   - observe: shown what comes out of each of the 19 features.
    func poses(_ context: ComputeContext, _ frames: Tensor, observe: (Tensor) -> Void = { _ in }) -> Rows {
        var x = context.convolve(stem, ConvolutionInput(Operand(frames)), then: .relu6)
        observe(x)
        for block in blocks {
            let before = x
            x = block.run(context, before)
            context.release(before)
            observe(x)
        }
        let wide = context.convolve(widening, ConvolutionInput(Operand(x)), then: .relu6)
        context.release(x)
        observe(wide)
        let poses = context.linear(classifier, context.mean(wide))
        context.release(wide)
        return poses
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int {
        stem.byteCount + widening.byteCount + classifier.byteCount + blocks.reduce(0) { $0 + $1.byteCount }
    }
}

/// Widened by 1×1, filtered channel by channel, narrowed by 1×1 without activation; added to the input where sizes
/// agree.
private struct InvertedResidual: Sendable {
    private let expand: Convolution?
    private let filter: Convolution
    private let project: Convolution
    private let isResidual: Bool

    init(_ weights: Weights, from: Int, isExpanded: Bool, stride: Int, extent: Int) throws {
        let first = isExpanded ? 1 : 0
        let hidden = weights.shape(of: "\(first).0.weight")?.first ?? 0
        let outputs = weights.shape(of: "\(first + 1).weight")?.first ?? 0
        expand =
            isExpanded
            ? try Convolution(
                weights, "0.0", folding: "0.1", inputs: [from], outputs: hidden, kernel: 1, extent: extent) : nil
        let narrowed = (extent - 1) / stride + 1
        filter = try Convolution(
            weights, "\(first).0", folding: "\(first).1", inputs: [hidden], outputs: hidden, kernel: 3, stride: stride,
            form: .depthwise, extent: narrowed)
        project = try Convolution(
            weights, "\(first + 1)", folding: "\(first + 2)", inputs: [hidden], outputs: outputs, kernel: 1,
            extent: narrowed)
        isResidual = stride == 1 && from == outputs
    }

    var outputs: Int { project.shape.outputs }

    func run(_ context: ComputeContext, _ x: Tensor) -> Tensor {
        let wide = expand.map { context.convolve($0, ConvolutionInput(Operand(x)), then: .relu6) } ?? x
        let filtered = context.convolve(filter, ConvolutionInput(Operand(wide)), then: .relu6)
        if expand != nil { context.release(wide) }
        let output = context.convolve(
            project, ConvolutionInput(Operand(filtered)), adding: isResidual ? x : nil)
        context.release(filtered)
        return output
    }

    var byteCount: Int { filter.byteCount + project.byteCount + (expand?.byteCount ?? 0) }
}
