import AnimoKernelTypes

/// Weights of a convolution of every channel by itself.
struct DepthwiseWeights: Sendable {
    let taps: Int
    let stride: Int
    let origin: Int
    let depth: Int
    let parts: [Int]
    /// (taps, taps, depth)
    let weights: Buffer
    let bias: Buffer

    init(_ shape: ConvolutionShape, weights original: [Float], bias originalBias: [Float]) {
        taps = shape.kernel
        stride = shape.stride
        origin = shape.padding
        depth = paddedChannels(shape.outputs)
        parts = [depth]
        let count = shape.kernel * shape.kernel
        var weights = [Float](repeating: 0, count: count * depth)
        for channel in 0..<shape.outputs {
            for tap in 0..<count { weights[tap * depth + channel] = original[channel * count + tap] }
        }
        self.weights = Buffer(weights)
        bias = Buffer((0..<depth).map { $0 < originalBias.count ? originalBias[$0] : 0 })
    }
}

extension Executor {
    /// Bands of output rows, as in the packed method.
    func depthwise(
        _ layer: DepthwiseWeights, _ input: ConvolutionInput, _ output: Tensor, _ finish: Finish, measuring: Bool
    ) -> Moments? {
        let bands = DepthwiseBands(self, layer, input, output, finish, measuring: measuring)
        pool.run(output.batch * bands.count, bands)
        if input.first.keep != nil { keep(input) }
        return bands.partial?.moments(workspace, rowsPerBand: bands.rows)
    }
}

private struct DepthwiseBands: PoolWork {
    let executor: Executor
    let layer: DepthwiseWeights
    let input: ConvolutionInput
    let output: Tensor
    let finish: Finish
    let partial: BandSums?
    /// Of outputs in a band.
    let rows: Int
    /// Of one picture.
    let count: Int

    init(
        _ executor: Executor, _ layer: DepthwiseWeights, _ input: ConvolutionInput, _ output: Tensor,
        _ finish: Finish, measuring: Bool
    ) {
        (self.executor, self.layer, self.input, self.output, self.finish) = (executor, layer, input, output, finish)
        rows = max(1, min(8, output.height / 8))
        count = (output.height + rows - 1) / rows
        partial = measuring ? BandSums(executor.workspace, output, bands: count) : nil
    }

    func run(_ task: Int, by worker: Int) {
        let (picture, band) = (task / count, task % count)
        let first = band * rows
        let height = min(rows, output.height - first)
        let loadedWidth = (output.width - 1) * layer.stride + layer.taps
        let loadedRows = (height - 1) * layer.stride + layer.taps
        let pitch = loadedWidth * layer.depth
        let kernel = executor.kernels.table(for: layer.depth)
        let scratch = executor.pool.scratch(worker, floats: loadedRows * pitch)
        for row in 0..<loadedRows {
            executor.load(
                input, picture: picture, .plain, parts: layer.parts, y: first * layer.stride - layer.origin + row,
                x: -layer.origin, count: loadedWidth, into: scratch + row * pitch, stride: layer.depth,
                keeping: 0..<0)
        }
        for row in 0..<height {
            kernel.depthwiseRow(
                DepthwiseRow(
                    input: scratch + row * layer.stride * pitch, pitch: pitch, step: layer.stride * layer.depth,
                    channels: layer.depth, taps: layer.taps, weights: layer.weights.floats,
                    bias: layer.bias.floats,
                    output: output.pictures[picture] + (first + row) * output.width * layer.depth,
                    width: output.width))
        }
        finish.apply(
            picture, pixels: (first * output.width)..<((first + height) * output.width), 0..<layer.depth, output)
        partial?.measure(picture, band, rows: first..<(first + height), output, kernel)
    }
}
