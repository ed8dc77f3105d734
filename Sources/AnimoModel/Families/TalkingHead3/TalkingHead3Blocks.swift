import AnimoCompute
import AnimoModelFile

/// A separable convolution, its instance norm and the activation behind it. Norm and activation are left to whoever
/// reads what it gives.
final class SeparableNormBlock: Sendable {
    private let convolution: SeparableConvolution
    private let norm: InstanceNorm
    private let slope: Float

    /// - Parameters:
    ///   - weights: below which the convolution's two halves are `0.weight` and `1.weight`.
    ///   - norm: below which the norm's weight and bias are.
    ///   - slope: of what is negative; 1 is no activation.
    init(_ weights: Weights, norm: Weights, _ shape: SeparableShape, slope: Float) throws {
        convolution = SeparableConvolution(
            shape, depthwise: try weights.tensor("0.weight"), pointwise: try weights.tensor("1.weight"),
            isPlain: weights.style.isPlain, upTo: weights.style.lanes)
        self.norm = InstanceNorm(weight: try norm.tensor("weight"), bias: try norm.tensor("bias"))
        self.slope = slope
    }

    /// act(norm(conv(input)))
    ///
    /// - Parameter planes: constant planes joined behind the input.
    func run(_ context: ComputeContext, _ input: ConvolutionInput, planes: [Float] = []) -> Operand {
        let (tensor, moments) = context.separate(convolution, input, planes: planes)
        return Operand(tensor, context.instanceNorm(moments, norm, batch: tensor.batch), slope: slope)
    }

    /// Bytes of the convolution's weights as the kernels hold them.
    var byteCount: Int { convolution.byteCount }
}

/// x + norm(conv(act(norm(conv(x))))), without an activation behind the sum.
final class SeparableResidual: Sendable {
    private let first: SeparableNormBlock
    private let second: SeparableNormBlock

    /// - Parameters:
    ///   - weights: below which the layers are `resnet_path.0`, `.1`, `.3` and `.4`.
    ///   - slope: of what is negative, between the two convolutions.
    init(_ weights: Weights, channels: Int, slope: Float) throws {
        let shape = SeparableShape(parts: [.init(channels, .same)], outputs: channels)
        let path = weights.scoped(to: "resnet_path")
        first = try SeparableNormBlock(path.scoped(to: "0"), norm: path.scoped(to: "1"), shape, slope: slope)
        second = try SeparableNormBlock(path.scoped(to: "3"), norm: path.scoped(to: "4"), shape, slope: 1)
    }

    /// - Parameter x: released here.
    func run(_ context: ComputeContext, _ x: Operand) -> Operand {
        let sum = context.tensor(like: x)
        let inner = first.run(context, ConvolutionInput(x.keeping(sum)))
        let outer = second.run(context, ConvolutionInput(inner))
        context.release(x)
        context.release(inner)
        return .sum(Operand(sum), outer)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { first.byteCount + second.byteCount }
}

/// The heads of one network, which read one map, as one 3×3 convolution: their outputs side by side.
final class JointHeads: Sendable {
    private let convolution: Convolution

    /// - Parameters:
    ///   - weights: below which each head has its name.
    ///   - inputs: channels of the map that they read.
    ///   - side: height and width of the map, in pixels.
    init(_ weights: Weights, _ network: TalkingHead3Network, inputs: Int, side: Int) throws {
        var (kernel, bias): ([Float], [Float]) = ([], [])
        for head in network.heads {
            kernel += try weights.tensor("\(head.name).weight")
            bias +=
                head.hasBias
                ? try weights.tensor("\(head.name).bias") : [Float](repeating: 0, count: head.outputs)
        }
        convolution = Convolution(
            ConvolutionShape(inputs: [inputs], outputs: bias.count, kernel: 3, extent: side),
            weights: kernel, bias: bias, method: weights.style.method, upTo: weights.style.lanes)
    }

    /// - Parameter features: released here.
    func run(_ context: ComputeContext, _ features: Operand) -> Tensor {
        let heads = context.convolve(convolution, ConvolutionInput(features))
        context.release(features)
        return heads
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { convolution.byteCount }
}
