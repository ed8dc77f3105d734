import AnimoCompute
import AnimoModelFile
import Synchronization

/// Latent pose → picture of the head that the weights were tuned to: a learned constant, enlarged and refined by
/// residual blocks whose norms take scale and shift from the pose (Burkov et al. 2020).
///
/// Sizes are those of the published 256×256 generator.
final class LatentPoseGenerator: Sendable {
    /// Variance added by its norms.
    private static let epsilon: Float = 1e-4

    /// (4, 4, 512)
    private let constant: StoredTensor
    /// Its channels' mean, then variance: no driver changes them.
    private let constantMoments: [Float]
    /// The pose's half of the first layer, with what the identity contributes in its bias.
    private let hidden: Linear
    private let affine: Linear
    private let blocks: [StyledBlock]
    /// Channels of the last norm, and where its numbers begin among all.
    private let lastNorm: (channels: Int, offset: Int)
    private let head: Convolution

    /// - Parameter pool: shares the work of laying out the weights.
    init(_ weights: Weights, _ widths: LatentPoseWidths, pool: WorkerPool) throws {
        let values = try weights.tensor("constant.constant")
        let (channels, side) = (widths.channels[0], widths.start)
        // (channels, side, side) → (side, side, channels)
        let pixels = side * side
        constant = StoredTensor(
            (0..<(pixels * channels)).map { values[$0 % channels * pixels + $0 / channels] }, height: side, width: side,
            channels: channels)
        constantMoments = Self.moments(values, channels: channels)

        // Each block and the projector by whichever thread is free.
        let count = widths.blockCount
        let made = Mutex<[Int: Result<Part, any Error>]>([:])
        pool.run(count + 1) { index in
            let part = Result {
                index < count
                    ? Part.block(try Self.block(index, weights, widths)) : try Self.projector(weights, widths)
            }
            made.withLock { $0[index] = part }
        }
        var blocks: [StyledBlock] = []
        var projector: (hidden: Linear, affine: Linear)?
        for index in 0...count {
            switch try made.withLock({ $0[index] })?.get() {
            case .block(let block)?: blocks.append(block)
            case .projector(let hidden, let affine)?: projector = (hidden, affine)
            case nil: break
            }
        }
        guard let projector, blocks.count == count else {
            throw ModelError(.missingTensor, "generator: expected \(count) blocks and a projector")
        }
        (hidden, affine) = projector
        self.blocks = blocks
        let last = widths.outputs(count - 1)
        lastNorm = (last, widths.styles - 2 * last)
        let name = "decoder_blocks.\(count + 2)"
        head = Convolution(
            ConvolutionShape(inputs: [last], outputs: 4, kernel: 3, extent: widths.side),
            weights: try weights.spectrallyNormed(name), bias: try weights.tensor("\(name).bias"),
            method: weights.style.method, upTo: weights.style.lanes)
    }

    /// The unit of work of one thread.
    private enum Part: Sendable {
        case block(StyledBlock)
        case projector(hidden: Linear, affine: Linear)
    }

    private static func block(_ index: Int, _ weights: Weights, _ widths: LatentPoseWidths) throws -> StyledBlock {
        let enlargements = max(0, index - widths.plainBlocks + 1)
        return try StyledBlock(
            weights.scoped(to: "decoder_blocks.\(index)"), from: widths.inputs(index), to: widths.outputs(index),
            isEnlarging: enlargements > 0,
            offset: 2 * (0..<index).reduce(0) { $0 + widths.inputs($1) + widths.outputs($1) },
            extent: widths.start << enlargements)
    }

    private static func projector(_ weights: Weights, _ widths: LatentPoseWidths) throws -> Part {
        let projector = weights.scoped(to: "affine_params_projector")
        let hidden = try posePart(of: projector, identity: weights.tensor("identity_embedding"), pose: widths.pose)
        let affine = Linear(
            inputs: hidden.outputs, outputs: widths.styles, weights: try projector.spectrallyNormed("2"),
            bias: try projector.tensor("2.bias"), isPlain: weights.style.isPlain)
        return .projector(hidden: hidden, affine: affine)
    }

    /// W·(identity, pose) + b as W_pose·pose + (W_identity·identity + b).
    private static func posePart(of projector: Weights, identity: [Float], pose: Int) throws -> Linear {
        let (weights, bias) = (try projector.spectrallyNormed("0"), try projector.tensor("0.bias"))
        let joint = identity.count + pose
        var own: [Float] = []
        var constant: [Float] = []
        for (output, bias) in bias.enumerated() {
            let row = weights[(output * joint)..<((output + 1) * joint)]
            constant.append(
                Float(zip(row, identity).reduce(Double(bias)) { $0 + Double($1.0) * Double($1.1) }))
            own += row.dropFirst(identity.count)
        }
        return Linear(
            inputs: pose, outputs: bias.count, weights: own, bias: constant, isPlain: projector.style.isPlain)
    }

    /// - Parameter values: (channels, pixels)
    private static func moments(_ values: [Float], channels: Int) -> [Float] {
        let pixels = values.count / max(1, channels)
        let depth = paddedChannels(channels)
        var moments = [Float](repeating: 0, count: 2 * depth)
        for channel in 0..<channels {
            let own = values[(channel * pixels)..<((channel + 1) * pixels)].map(Double.init)
            let mean = own.reduce(0, +) / Double(pixels)
            moments[channel] = Float(mean)
            moments[depth + channel] = Float(own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels))
        }
        return moments
    }

    /// Scale and shift of every norm, (batch, 13056).
    func styles(_ context: ComputeContext, _ poses: Rows) -> Rows {
        context.linear(affine, context.linear(hidden, poses, slope: 0))
    }

    /// - Parameter observe: shown what comes out of each block.
    /// - Returns: colour and mask before their tanh, (batch, 256, 256, 4).
    func render(_ context: ComputeContext, _ styles: Rows, observe: (Tensor) -> Void = { _ in }) -> Tensor {
        let start = context.workspace.gather(styles.batch) { _ in constant }
        var x = Measured(
            tensor: start,
            moments: context.gather(styles.batch, pixels: start.pixels) { _ in constantMoments })
        for block in blocks {
            let before = x
            x = block.run(context, before, styles, epsilon: Self.epsilon)  // (4, 4, 512) … (256, 256, 64)
            context.release(before.tensor)
            observe(x.tensor)
        }
        let norm = context.instanceNorm(
            x.moments, styles, at: lastNorm.offset, channels: lastNorm.channels, epsilon: Self.epsilon)
        let picture = context.convolve(head, ConvolutionInput(Operand(x.tensor, norm, slope: 0)))
        context.release(x.tensor)
        return picture
    }

    /// Bytes of the weights as the kernels hold them, the constant among them.
    var byteCount: Int {
        constant.byteCount + hidden.byteCount + affine.byteCount + head.byteCount
            + blocks.reduce(0) { $0 + $1.byteCount }
    }
}

/// conv(relu(adain(conv(relu(adain(x)))))) + shortcut(x); where it enlarges, before its first convolution and behind
/// its shortcut's, with which the enlargement commutes.
private struct StyledBlock: Sendable {
    private let first: Convolution
    private let second: Convolution
    private let shortcut: Convolution?
    /// First of its norms' numbers among all, and their channels.
    private let offset: Int
    private let inputs: Int
    private let outputs: Int

    init(_ weights: Weights, from: Int, to: Int, isEnlarging: Bool, offset: Int, extent: Int) throws {
        let names = isEnlarging ? ("block.4", "block.8") : ("block.3", "block.7")
        func convolution(
            _ name: String, from: Int, kernel: Int = 3, form: ConvolutionForm = .plain, bias: [Float] = [],
            extent: Int
        ) throws -> Convolution {
            Convolution(
                ConvolutionShape(inputs: [from], outputs: to, kernel: kernel, form: form, extent: extent),
                weights: try weights.spectrallyNormed(name), bias: bias, method: weights.style.method,
                upTo: weights.style.lanes)
        }
        first = try convolution(names.0, from: from, form: isEnlarging ? .upsampling : .plain, extent: extent)
        second = try convolution(names.1, from: to, extent: extent)
        shortcut =
            isEnlarging
            ? try convolution(
                "skip.1", from: from, kernel: 1, bias: weights.tensor("skip.1.bias"), extent: extent / 2)
            : nil
        self.offset = offset
        inputs = from
        outputs = to
    }

    func run(_ context: ComputeContext, _ x: Measured, _ styles: Rows, epsilon: Float) -> Measured {
        let before = context.instanceNorm(x.moments, styles, at: offset, channels: inputs, epsilon: epsilon)
        let inner = context.measured(first, ConvolutionInput(Operand(x.tensor, before, slope: 0)))
        let between = context.instanceNorm(
            inner.moments, styles, at: offset + 2 * inputs, channels: outputs, epsilon: epsilon)
        let residual = shortcut.map { context.convolve($0, ConvolutionInput(Operand(x.tensor))) } ?? x.tensor
        let (output, moments) = context.convolveAndMeasure(
            second, ConvolutionInput(Operand(inner.tensor, between, slope: 0)), adding: residual)
        context.release(inner.tensor)
        if shortcut != nil { context.release(residual) }
        return Measured(tensor: output, moments: moments)
    }

    var byteCount: Int { first.byteCount + second.byteCount + (shortcut?.byteCount ?? 0) }
}
