import AnimoKernelTypes

/// Weights of a convolution of every channel by itself.
struct DepthwiseWeights: Sendable {
    let taps: Int
    let stride: Int
    let origin: Int
    let depth: Int
    /// (taps, taps, depth)
    let weights: Buffer
    let bias: Buffer

    init(_ shape: ConvolutionShape, weights original: [Float], bias originalBias: [Float]) {
        taps = shape.kernel
        stride = shape.stride
        origin = shape.padding
        depth = paddedChannels(shape.outputs)
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
        let rows = max(1, min(8, output.height / 8))
        let bands = (output.height + rows - 1) / rows
        let partial = measuring ? BandSums(workspace, output, bands: bands) : nil
        let loadedWidth = (output.width - 1) * layer.stride + layer.taps
        let pitch = loadedWidth * layer.depth
        let kernel = kernels.table(for: layer.depth)
        pool.run(output.batch * bands) { task, worker in
            let (picture, band) = (task / bands, task % bands)
            let first = band * rows
            let count = min(rows, output.height - first)
            let loadedRows = (count - 1) * layer.stride + layer.taps
            let scratch = pool.scratch(worker, floats: loadedRows * pitch)
            for row in 0..<loadedRows {
                load(
                    input, picture: picture, .plain, parts: [layer.depth],
                    y: first * layer.stride - layer.origin + row, x: -layer.origin, count: loadedWidth,
                    into: scratch + row * pitch, stride: layer.depth, keeping: 0..<0)
            }
            for row in 0..<count {
                kernel.depthwiseRow(
                    DepthwiseRow(
                        input: scratch + row * layer.stride * pitch, pitch: pitch, step: layer.stride * layer.depth,
                        channels: layer.depth, taps: layer.taps, weights: layer.weights.floats,
                        bias: layer.bias.floats,
                        output: output.pictures[picture] + (first + row) * output.width * layer.depth,
                        width: output.width))
            }
            finish.apply(
                picture, pixels: (first * output.width)..<((first + count) * output.width), 0..<layer.depth, output)
            partial?.measure(picture, band, rows: first..<(first + count), output, kernel)
        }
        if input.first.keep != nil { keep(input) }
        return partial?.moments(workspace, rowsPerBand: rows)
    }
}
