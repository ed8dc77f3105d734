import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// Every channel by itself, its sums in registers.
    static let depthwise = ConvolutionAlgorithm(
        suits: { $0.form == .depthwise && $0.inputs.count == 1 },
        seconds: { _ in 0 },
        prepare: { shape, weights, bias, _ in DepthwiseWeights(shape, weights: weights, bias: bias) })
}

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

extension DepthwiseWeights: PreparedConvolution {
    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    /// Bands of output rows, as in the packed method.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let bands = Bands(of: output.height)
        let partial = measuring ? BandSums(context.workspace, output, bands) : nil
        context.pool.run(
            output.batch * bands.count,
            DepthwiseBands(
                context: context, layer: self, input: input, output: output, epilogue: epilogue, bands: bands,
                partial: partial))
        context.keep(input)
        return partial?.moments(context.workspace)
    }
}

private struct DepthwiseBands: PoolWork {
    let context: ComputeContext
    let layer: DepthwiseWeights
    let input: ConvolutionInput
    let output: Tensor
    let epilogue: Epilogue
    let bands: Bands
    let partial: BandSums?

    func run(_ task: Int, by worker: Int) {
        let (picture, band) = (task / bands.count, task % bands.count)
        let rows = bands.rows(band)
        let loadedWidth = (output.width - 1) * layer.stride + layer.taps
        let loadedRows = (rows.count - 1) * layer.stride + layer.taps
        let pitch = loadedWidth * layer.depth
        let kernel = context.kernels.table(for: layer.depth)
        let scratch = context.pool.scratch(worker, floats: loadedRows * pitch)
        for row in 0..<loadedRows {
            context.load(
                input, picture: picture, .plain, parts: layer.parts,
                y: rows.lowerBound * layer.stride - layer.origin + row, x: -layer.origin, count: loadedWidth,
                into: scratch + row * pitch, stride: layer.depth, keeping: 0..<0)
        }
        for row in rows {
            kernel.depthwiseRow(
                DepthwiseRowArguments(
                    input: scratch + (row - rows.lowerBound) * layer.stride * pitch, pitch: pitch,
                    step: layer.stride * layer.depth, channels: layer.depth, taps: layer.taps,
                    weights: layer.weights.floats, bias: layer.bias.floats,
                    output: output.pictures[picture] + row * output.width * layer.depth,
                    width: output.width))
        }
        let pixels = (rows.lowerBound * output.width)..<(rows.upperBound * output.width)
        epilogue.apply(picture, pixels: pixels, 0..<layer.depth, output)
        partial?.measure(picture, band, kernel)
    }
}
