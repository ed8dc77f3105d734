import AnimoCompute

/// A residual network in torchvision's names (He et al. 2016), batch norms folded in: a picture → its features.
///
/// Stem 7×7 at stride 2, the largest of 3×3 at stride 2, four stages of blocks; every stage but the first begins at
/// stride 2. A block is of two convolutions, or of three where the tensors have a `conv3`: then the stride is that of
/// the 3×3 in the middle (v1.5), and the block's channels are four times its inner ones.
final class ResidualNetwork: Sendable {
    private let stem: Convolution
    private let stages: [[ResidualBlock]]

    /// - Parameter side: of the pictures at which speed matters.
    init(_ weights: Weights, side: Int) throws {
        let base = weights.shape(of: "conv1.weight")?.first ?? 0
        stem = try Convolution(
            weights, "conv1", folding: "bn1", inputs: [3], outputs: base, kernel: 7, stride: 2, extent: side / 2)
        var channels = base
        var extent = side / 4
        stages = try (0..<4).map { stage in
            var blocks: [ResidualBlock] = []
            while case let scope = weights.scoped(to: "layer\(stage + 1).\(blocks.count)"), scope.has("conv1.weight") {
                let stride = stage > 0 && blocks.isEmpty ? 2 : 1
                extent = (extent - 1) / stride + 1
                let block = try ResidualBlock(
                    scope, from: channels, inner: base << stage, stride: stride, extent: extent)
                blocks.append(block)
                channels = block.outputs
            }
            return blocks
        }
    }

    /// Each channel's mean over the last stage's pixels.
    ///
    /// - Parameters:
    ///   - pictures: (batch, side, side, 3)
    ///   - observe: shown what comes out after the pooling, then after each of the four stages.
    func features(_ context: ComputeContext, _ pictures: Tensor, observe: (Tensor) -> Void = { _ in }) -> Rows {
        let raw = context.convolve(stem, ConvolutionInput(Operand(pictures)))
        var x = context.reluMaxPool(raw)
        context.release(raw)
        observe(x)
        for blocks in stages {
            for block in blocks {
                let before = x
                x = block.run(context, before)
                context.release(before)
            }
            observe(x)
        }
        return context.mean(x)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { stem.byteCount + stages.joined().reduce(0) { $0 + $1.byteCount } }
}

/// relu(F(x) + shortcut(x)), F being convolutions with a relu between them.
private struct ResidualBlock: Sendable {
    private let convolutions: [Convolution]
    private let shortcut: Convolution?
    let outputs: Int

    init(_ weights: Weights, from: Int, inner: Int, stride: Int, extent: Int) throws {
        let isBottleneck = weights.has("conv3.weight")
        let outputs = isBottleneck ? 4 * inner : inner
        func convolution(_ index: Int, from: Int, to: Int, kernel: Int, stride: Int = 1, extent: Int) throws
            -> Convolution
        {
            try Convolution(
                weights, "conv\(index)", folding: "bn\(index)", inputs: [from], outputs: to, kernel: kernel,
                stride: stride, extent: extent)
        }
        if isBottleneck {
            convolutions = [
                try convolution(1, from: from, to: inner, kernel: 1, extent: extent * stride),
                try convolution(2, from: inner, to: inner, kernel: 3, stride: stride, extent: extent),
                try convolution(3, from: inner, to: outputs, kernel: 1, extent: extent),
            ]
        } else {
            convolutions = [
                try convolution(1, from: from, to: inner, kernel: 3, stride: stride, extent: extent),
                try convolution(2, from: inner, to: inner, kernel: 3, extent: extent),
            ]
        }
        shortcut =
            weights.has("downsample.0.weight")
            ? try Convolution(
                weights, "downsample.0", folding: "downsample.1", inputs: [from], outputs: outputs, kernel: 1,
                stride: stride, extent: extent) : nil
        self.outputs = outputs
    }

    func run(_ context: ComputeContext, _ x: Tensor) -> Tensor {
        let residual = shortcut.map { context.convolve($0, ConvolutionInput(Operand(x))) } ?? x
        var inner = x
        for (index, convolution) in convolutions.enumerated() {
            let isLast = index == convolutions.count - 1
            let next = context.convolve(
                convolution, ConvolutionInput(Operand(inner)), adding: isLast ? residual : nil, then: .relu)
            if index > 0 { context.release(inner) }
            inner = next
        }
        if shortcut != nil { context.release(residual) }
        return inner
    }

    var byteCount: Int { convolutions.reduce(shortcut?.byteCount ?? 0) { $0 + $1.byteCount } }
}
