import AnimoCompute

/// A frame, (128, 128, 3) in 0…1 → motion (70): a slim residual network, its batch norms folded into the weights.
final class Estimator: Sendable {
    private let stem: Convolution
    private let blocks: [BasicBlock]
    private let last: Linear

    init(_ weights: Weights, side: Int) throws {
        let base = weights.shape(of: "conv1.weight")?.first ?? 0
        stem = try Convolution(
            weights, "conv1", "bn1", inputs: 3, outputs: base, kernel: 7, stride: 2, extent: side / 2)
        var blocks: [BasicBlock] = []
        var channels = base
        var extent = side / 4
        for stage in 0..<4 {
            var index = 0
            while case let scope = weights.scoped(to: "layer\(stage + 1).\(index)"), scope.has("conv1.weight") {
                let stride = stage > 0 && index == 0 ? 2 : 1
                extent = (extent - 1) / stride + 1
                blocks.append(
                    try BasicBlock(scope, from: channels, to: base << stage, stride: stride, extent: extent))
                channels = base << stage
                index += 1
            }
        }
        self.blocks = blocks
        last = try Linear(weights.scoped(to: "fc"))
    }

    func motions(_ executor: Executor, _ pictures: Tensor) -> Rows {
        var x = executor.reluMaxPool(executor.convolve(stem, ConvolutionInput(Operand(pictures))))
        for block in blocks { x = block.run(executor, x) }
        return executor.linear(last, executor.mean(x))
    }
}

/// relu(conv3(relu(conv3(x))) + shortcut(x))
private struct BasicBlock: Sendable {
    let first: Convolution
    let second: Convolution
    let shortcut: Convolution?

    init(_ weights: Weights, from: Int, to: Int, stride: Int, extent: Int) throws {
        first = try Convolution(
            weights, "conv1", "bn1", inputs: from, outputs: to, kernel: 3, stride: stride, extent: extent)
        second = try Convolution(weights, "conv2", "bn2", inputs: to, outputs: to, kernel: 3, extent: extent)
        shortcut =
            weights.has("downsample.0.weight")
            ? try Convolution(
                weights, "downsample.0", "downsample.1", inputs: from, outputs: to, kernel: 1, stride: stride,
                extent: extent) : nil
    }

    func run(_ executor: Executor, _ x: Tensor) -> Tensor {
        let inner = executor.relu(executor.convolve(first, ConvolutionInput(Operand(x))))
        let outer = executor.convolve(second, ConvolutionInput(Operand(inner)))
        return executor.reluSum(outer, shortcut.map { executor.convolve($0, ConvolutionInput(Operand(x))) } ?? x)
    }
}

extension Convolution {
    /// A convolution without bias and the batch norm behind it as one:
    /// W' = W g / √(v + 1e-5), b' = β − m g / √(v + 1e-5).
    fileprivate convenience init(
        _ weights: Weights, _ name: String, _ norm: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
        extent: Int
    ) throws {
        var kernelWeights = try weights.tensor("\(name).weight")
        let (gain, bias) = (try weights.tensor("\(norm).weight"), try weights.tensor("\(norm).bias"))
        let (mean, variance) = (
            try weights.tensor("\(norm).running_mean"), try weights.tensor("\(norm).running_var")
        )
        let scale = zip(gain, variance).map { $0 / ($1 + 1e-5).squareRoot() }
        let each = kernelWeights.count / max(1, outputs)
        for place in kernelWeights.indices { kernelWeights[place] *= scale[place / each] }
        self.init(
            ConvolutionShape(
                inputs: [inputs], outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2,
                extent: extent),
            weights: kernelWeights, bias: (0..<outputs).map { bias[$0] - mean[$0] * scale[$0] },
            method: weights.style.method,
            upTo: weights.style.lanes)
    }
}
