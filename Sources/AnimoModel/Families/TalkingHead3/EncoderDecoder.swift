import AnimoCompute
import AnimoModelFile

/// One of the five networks' body: a first block, halvings, a bottleneck of residual blocks, enlargements, and its
/// heads.
final class EncoderDecoder: Sendable {
    private let network: TalkingHead3Network
    private let downs: [SeparableNormBlock]
    /// Joins the pose to the code, in networks whose pose enters there.
    private let joint: SeparableNormBlock?
    private let residuals: [SeparableResidual]
    private let ups: [SeparableNormBlock]
    private let heads: JointHeads

    /// - Parameter side: of the pictures it reads.
    init(_ weights: Weights, _ network: TalkingHead3Network, _ widths: TalkingHead3Widths.Network, side: Int) throws {
        self.network = network
        let body = weights.scoped(to: network.body)
        let slope: Float = network == .turn || network == .edit ? 0.1 : 0
        let last = widths.channels(widths.halvings)
        func block(_ name: String, _ shape: SeparableShape) throws -> SeparableNormBlock {
            let weights = body.scoped(to: name)
            return try SeparableNormBlock(weights, norm: weights.scoped(to: "2"), shape, slope: slope)
        }
        let first = SeparableShape(
            parts: [.init(network.pictureChannels, .same)], planes: network.hasJointBlock ? 0 : network.poseCount,
            outputs: widths.base, kernel: network.firstKernel)
        downs =
            [try block("downsample_blocks.0", first)]
            + (try (0..<widths.halvings).map { level in
                try block(
                    "downsample_blocks.\(level + 1)",
                    SeparableShape(
                        parts: [.init(widths.channels(level), .halving)], outputs: widths.channels(level + 1)))
            })
        joint =
            network.hasJointBlock
            ? try block(
                "bottleneck_blocks.0",
                SeparableShape(parts: [.init(last, .same)], planes: network.poseCount, outputs: last)) : nil
        residuals = try ((network.hasJointBlock ? 1 : 0)..<widths.bottlenecks).map {
            try SeparableResidual(body.scoped(to: "bottleneck_blocks.\($0)"), channels: last, slope: slope)
        }
        ups = try (0..<widths.halvings).map { step in
            let level = widths.halvings - 1 - step
            let (from, to) = (widths.channels(level + 1), widths.channels(level))
            let parts: [SeparableShape.Part] =
                switch network {
                case .turn: [.init(from, .doubling)]
                case .edit: [.init(from, .doubling), .init(to, .same)]
                default: [.init(from, .transposed)]
                }
            let name = "upsample_blocks.\(step)" + (network == .turn ? ".1" : "")
            return try block(name, SeparableShape(parts: parts, outputs: to))
        }
        heads = try JointHeads(weights, network, inputs: widths.base, side: side)
    }

    /// The picture's code: (n, n, channels) → (n / 8, n / 8, 512), with norm and activation.
    ///
    /// For networks whose pose enters at the bottleneck: the code does not depend on it.
    func encode(_ context: ComputeContext, _ picture: Tensor) -> Operand {
        var x = downs[0].run(context, ConvolutionInput(Operand(picture)))
        for down in downs.dropFirst() {
            let next = down.run(context, ConvolutionInput(x))
            context.release(x)
            x = next
        }
        return x
    }

    /// The heads' outputs, (n, n, outputs), from a code and the pose.
    ///
    /// - Parameter code: released here.
    func decode(_ context: ComputeContext, _ code: Operand, pose: [Float]) -> Tensor {
        var x = code
        if let joint {
            x = joint.run(context, ConvolutionInput(code), planes: pose)
            context.release(code)
        }
        for residual in residuals { x = residual.run(context, x) }
        for up in ups {
            let next = up.run(context, ConvolutionInput(x))
            context.release(x)
            x = next
        }
        return heads.run(context, x)
    }

    /// The heads' outputs from a picture and the pose, which enters with it. What is halved comes back beside the
    /// enlargements, where the network has such skips.
    func run(_ context: ComputeContext, _ picture: Tensor, pose: [Float]) -> Tensor {
        var skips = [downs[0].run(context, ConvolutionInput(Operand(picture)), planes: pose)]
        for down in downs.dropFirst() { skips.append(down.run(context, ConvolutionInput(skips[skips.count - 1]))) }
        var x = skips.removeLast()
        if network != .edit {
            for skip in skips { context.release(skip) }
        }
        for residual in residuals { x = residual.run(context, x) }
        for up in ups {
            let skip = network == .edit ? skips.removeLast() : nil
            let next = up.run(context, ConvolutionInput(x, skip))
            context.release(x)
            if let skip { context.release(skip) }
            x = next
        }
        return heads.run(context, x)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int {
        downs.reduce(0) { $0 + $1.byteCount } + (joint?.byteCount ?? 0)
            + residuals.reduce(0) { $0 + $1.byteCount } + ups.reduce(0) { $0 + $1.byteCount } + heads.byteCount
    }
}
