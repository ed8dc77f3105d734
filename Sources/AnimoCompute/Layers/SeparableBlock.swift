import AnimoKernelArguments

/// A residual block of separable convolutions (Howard et al. 2017; Sandler et al. 2018):
///
///     h = PReLU(reduce(x)), or x where there is no reduction
///     y = PReLU(pointwise(depthwise(h)) + skip(x))
///
/// The depthwise convolution is 3×3 with zeros around as TensorFlow's SAME. A block that halves does so in its
/// reduction, 2×2 at stride 2 without zeros, or, without one, in the depthwise convolution, whose odd zeros then lie
/// at the right and below. skip(x) is x, the largest of 2×2 pixels where the block halves; channels that it lacks are
/// zeros behind the others.
package final class SeparableBlock: Sendable {
    /// Channels and step of a block.
    package struct Shape: Sendable, Hashable {
        /// Input channels.
        package var inputs: Int
        /// Channels between reduction and expansion; nil: there is no reduction.
        package var middle: Int?
        /// Output channels, at least as many as ``inputs``.
        package var outputs: Int
        /// Whether height and width are halved.
        package var halves: Bool

        /// - Parameter outputs: at least `inputs`.
        package init(inputs: Int, middle: Int?, outputs: Int, halves: Bool) {
            self.inputs = inputs
            self.middle = middle
            self.outputs = outputs
            self.halves = halves
        }

        /// Channels of the depthwise convolution.
        package var inner: Int { middle ?? inputs }
        /// On a side, of the reduction.
        package var reduction: Int { halves ? 2 : 1 }
    }

    /// Weights as published: (outputs, inputs, k, k), the depthwise ones (channels, 1, 3, 3).
    package struct Weights: Sendable {
        /// Empty without a reduction.
        package var reduce: [Float] = []
        /// (middle), empty without a reduction.
        package var reduceBias: [Float] = []
        /// Slopes below zero behind the reduction, (middle), empty without one.
        package var reduceSlope: [Float] = []
        /// (inner, 1, 3, 3)
        package var depthwise: [Float]
        /// (inner)
        package var depthwiseBias: [Float]
        /// (outputs, inner, 1, 1)
        package var pointwise: [Float]
        /// (outputs)
        package var pointwiseBias: [Float]
        /// Slopes of the last activation below zero, a channel each; zeros are a ReLU.
        package var slope: [Float]

        /// Creates the weights of a block without a reduction.
        package init(
            depthwise: [Float], depthwiseBias: [Float], pointwise: [Float], pointwiseBias: [Float], slope: [Float]
        ) {
            self.depthwise = depthwise
            self.depthwiseBias = depthwiseBias
            self.pointwise = pointwise
            self.pointwiseBias = pointwiseBias
            self.slope = slope
        }
    }

    /// Shape that it was made for.
    package let shape: Shape
    let reduce: DirectPackedWeights?
    let reduceSlope: Buffer
    let depthwise: DepthwiseWeights
    let pointwise: DirectPackedWeights
    let slope: Buffer
    /// Kept only for the reference loops.
    let plain: Weights?

    /// - Parameters:
    ///   - width: the widest vectors to use, in floats.
    ///   - isPlain: by the reference loops.
    package init(_ shape: Shape, _ weights: Weights, upTo width: Int = 16, isPlain: Bool = false) {
        self.shape = shape
        plain = isPlain ? weights : nil
        let kernels = KernelChoice(upTo: width)
        func packed(_ inputs: Int, _ outputs: Int, side: Int, _ values: [Float], _ bias: [Float]) -> DirectPackedWeights
        {
            let shape = ConvolutionShape(
                inputs: [inputs], outputs: outputs, kernel: side, stride: 1, padding: 0, extent: 64)
            return DirectPackedWeights(CanonicalKernel(shape, weights: values, bias: bias), inputs: [inputs], kernels)
        }
        reduce = shape.middle.map {
            packed(shape.inputs, $0, side: shape.reduction, weights.reduce, weights.reduceBias)
        }
        reduceSlope = Buffer(padded(weights.reduceSlope, parts: [shape.middle ?? 0]))
        depthwise = DepthwiseWeights(
            ConvolutionShape(
                inputs: [shape.inner], outputs: shape.inner, kernel: 3,
                stride: shape.middle == nil && shape.halves ? 2 : 1,
                padding: shape.middle == nil && shape.halves ? 0 : 1,
                form: .depthwise, extent: 64), weights: weights.depthwise, bias: weights.depthwiseBias)
        pointwise = packed(shape.inner, shape.outputs, side: 1, weights.pointwise, weights.pointwiseBias)
        slope = Buffer(padded(weights.slope, parts: [shape.outputs]))
    }

    /// Memory of the weights, in bytes.
    package var byteCount: Int {
        let count = (reduce?.weights.count ?? 0) + depthwise.weights.count + pointwise.weights.count
        return count * MemoryLayout<Float>.stride
    }

    /// Multiply-adds for each pixel of the output.
    var multiplyAdds: Int {
        (reduce == nil ? 0 : shape.reduction * shape.reduction * shape.inputs * shape.inner)
            + shape.inner * (9 + shape.outputs)
    }
}

extension ComputeContext {
    /// Runs `block` on `input`.
    ///
    /// Rows pass through all of the block's layers a few at a time, so that what lies between them stays in the nearest
    /// cache: the layers are of few channels, and bound by memory one by one.
    ///
    /// - Parameter input: of even height and width where the block halves.
    package func separable(_ block: SeparableBlock, _ input: Tensor) -> Tensor {
        let step = block.shape.halves ? 2 : 1
        let output = workspace.tensor(
            batch: input.batch, height: input.height / step, width: input.width / step, channels: block.shape.outputs)
        guard output.batch > 0, output.height > 0, output.width > 0 else { return output }
        if let weights = block.plain {
            referenceSeparable(block.shape, weights, input, output)
            return output
        }
        // A band costs the two rows that it shares with its neighbours once more, so there are no more than needed.
        let work = max(1, output.width * block.multiplyAdds)
        let most = pool.threads == 1 ? 1 : (2 * pool.threads + output.batch - 1) / output.batch
        let bands = max(1, min(most, output.height * work / 250_000, output.height / 2))
        let rows = (output.height + bands - 1) / bands
        let cut = Bands(of: output.height, rowsPerBand: max(1, rows))
        pool.run(
            output.batch * cut.count,
            SeparableBands(context: self, block: block, input: input, output: output, bands: cut))
        return output
    }
}

private struct SeparableBands: PoolWork {
    let context: ComputeContext
    let block: SeparableBlock
    let input: Tensor
    let output: Tensor
    let bands: Bands

    func run(_ task: Int, by worker: Int) {
        let (picture, band) = (task / bands.count, task % bands.count)
        let rows = bands.rows(band)
        let (stride, before) = (block.depthwise.stride, block.depthwise.origin)
        let depth = block.depthwise.depth
        // Rows that pass together: enough pixels for the products' blocks, few enough for the nearest cache.
        let chunk = min(rows.count, max(4, 128 / output.width))
        let pitch = ((output.width - 1) * stride + 3) * depth
        let held = (chunk - 1) * stride + 3
        let scratch = context.pool.scratch(worker, floats: held * pitch + chunk * output.width * depth)
        let filtered = scratch + held * pitch
        var loaded = 0..<0
        var first = rows.lowerBound
        while first < rows.upperBound {
            let last = min(first + chunk, rows.upperBound)
            let top = first * stride - before
            let wanted = top..<((last - 1) * stride - before + 3)
            // Rows that the chunk before has left.
            let shared = loaded.isEmpty ? 0 : max(0, loaded.upperBound - top)
            if shared > 0 { scratch.update(from: scratch + (top - loaded.lowerBound) * pitch, count: shared * pitch) }
            for row in (top + shared)..<wanted.upperBound {
                load(picture, row, into: scratch + (row - top) * pitch, pitch: pitch)
            }
            loaded = wanted
            filter(first..<last, scratch, pitch: pitch, to: filtered)
            expand(picture, first..<last, filtered)
            first = last
        }
    }

    /// Writes a row of what the depthwise convolution reads, zeros outside.
    private func load(_ picture: Int, _ row: Int, into target: UnsafeMutablePointer<Float>, pitch: Int) {
        let (depth, before) = (block.depthwise.depth, block.depthwise.origin)
        let isReduced = block.reduce != nil
        let step = isReduced ? block.shape.reduction : 1
        let (height, width) = (input.height / step, input.width / step)
        guard row >= 0, row < height else { return target.update(repeating: 0, count: pitch) }
        let place = target + before * depth
        // At stride 2 the last column loaded may be one that nothing reads.
        let count = min(width, pitch / depth - before)
        target.update(repeating: 0, count: before * depth)
        (place + count * depth).update(repeating: 0, count: pitch - (before + count) * depth)
        let source = input.pictures[picture] + row * step * input.width * input.depth
        guard let reduce = block.reduce else { return place.update(from: source, count: count * depth) }
        var arguments = reduce.product(
            source, pitch: input.width * input.depth, 0..<reduce.outputs, to: place, width: count)
        (arguments.step, arguments.tapStride, arguments.tapsWide) = (step * input.depth, input.depth, step)
        arguments.depth = reduce.pixel
        let kernel = reduce.kernels.table(for: reduce.outputs)
        kernel.rowProduct(arguments)
        kernel.skipRow(
            SkipRowArguments(
                values: place, width: count, channels: depth, skip: nil, skipChannels: 0, isHalved: false,
                skipPitch: 0, slope: block.reduceSlope.floats))
    }

    private func filter(
        _ rows: Range<Int>, _ loaded: UnsafePointer<Float>, pitch: Int, to target: UnsafeMutablePointer<Float>
    ) {
        let layer = block.depthwise
        let kernel = context.kernels.table(for: layer.depth)
        for (index, _) in rows.enumerated() {
            kernel.depthwiseRow(
                DepthwiseRowArguments(
                    input: loaded + index * layer.stride * pitch, pitch: pitch, step: layer.stride * layer.depth,
                    channels: layer.depth, taps: 3, weights: layer.weights.floats, bias: layer.bias.floats,
                    output: target + index * output.width * layer.depth, width: output.width))
        }
    }

    private func expand(_ picture: Int, _ rows: Range<Int>, _ filtered: UnsafePointer<Float>) {
        let layer = block.pointwise
        let target = output.pictures[picture] + rows.lowerBound * output.width * output.depth
        var arguments = layer.product(
            filtered, pitch: 0, 0..<layer.outputs, to: target, width: rows.count * output.width)
        arguments.step = block.depthwise.depth
        layer.kernels.table(for: layer.outputs).rowProduct(arguments)
        let kernel = layer.kernels.table(for: output.depth | input.depth)
        let skip = UnsafePointer(input.pictures[picture])
        guard block.shape.halves else {
            return kernel.skipRow(
                SkipRowArguments(
                    values: target, width: rows.count * output.width, channels: output.depth,
                    skip: skip + rows.lowerBound * input.width * input.depth, skipChannels: input.depth,
                    isHalved: false, skipPitch: 0, slope: block.slope.floats))
        }
        for (index, row) in rows.enumerated() {
            kernel.skipRow(
                SkipRowArguments(
                    values: target + index * output.width * output.depth, width: output.width,
                    channels: output.depth, skip: skip + 2 * row * input.width * input.depth,
                    skipChannels: input.depth, isHalved: true, skipPitch: input.width * input.depth,
                    slope: block.slope.floats))
        }
    }
}
