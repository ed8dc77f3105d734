import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// 1×1: the picture's pixels as one long row, read where they lie.
    static let pointwise = ConvolutionAlgorithm(
        suits: { shape in
            shape.form == .plain && shape.kernel == 1 && shape.stride <= 2 && shape.padding == 0
                && shape.inputs.count == 1
        },
        seconds: { shape in
            ConvolutionCost.product(
                rows: Double(shape.extent * shape.extent), depth: Double(shape.depth), outputs: shape.outputs)
        },
        prepare: { shape, weights, bias, width in
            PointwiseWeights(
                panels: DirectPackedWeights(
                    CanonicalKernel(shape, weights: weights, bias: bias), inputs: shape.inputs,
                    KernelChoice(upTo: width)))
        })
}

/// Weights of a 1×1 convolution.
struct PointwiseWeights: PreparedConvolution {
    let panels: DirectPackedWeights

    var byteCount: Int { panels.byteCount }

    /// All pixels of a picture are one row of the product, cut into runs, and where those are few the outputs are
    /// shared out too, so that every weight comes from memory seldom.
    ///
    /// A stored input is read where it lies; any other one is written out first, and of one at stride 2 only the
    /// pixels that count.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let isStored = input.first.isStored && panels.geometry == .plain
        let source = isStored ? input.first.tensor : context.materialise(input.first, panels.geometry)
        let runs = PixelRuns(context.pool, panels, source, output, epilogue)
        context.pool.run(output.batch * runs.shares * runs.count, runs)
        context.keep(input)
        if !isStored { context.release(source) }
        return measuring ? context.moments(output) : nil
    }
}

extension ComputeContext {
    /// Mean and variance of a tensor that is whole already.
    func moments(_ tensor: Tensor) -> Moments {
        let partial = BandSums(workspace, tensor, Bands(of: tensor.height))
        pool.run(
            tensor.batch * partial.bands.count,
            MeasuredBands(partial: partial, kernel: kernels.table(for: tensor.depth)))
        return partial.moments(workspace)
    }
}

private struct PixelRuns: PoolWork {
    let layer: DirectPackedWeights
    let source: Tensor
    let output: Tensor
    let epilogue: Epilogue
    /// Number of bands of one picture, and of shares into which the outputs of each are cut.
    let count: Int
    let shares: Int

    init(_ pool: WorkerPool, _ layer: DirectPackedWeights, _ source: Tensor, _ output: Tensor, _ epilogue: Epilogue) {
        (self.layer, self.source, self.output, self.epilogue) = (layer, source, output, epilogue)
        count = max(1, (output.pixels + 64) / 128)
        shares = max(1, min(layer.outputs / 32, 2 * pool.threads / (count * output.batch)))
    }

    func run(_ task: Int, by worker: Int) {
        let (picture, share, run) = (task / count / shares, task / count % shares, task % count)
        let pixels = (run * output.pixels / count)..<((run + 1) * output.pixels / count)
        let columns = layer.columns(share, of: shares)
        var arguments = layer.product(
            source.pictures[picture] + pixels.lowerBound * source.depth, pitch: 0, columns,
            to: output.pictures[picture] + pixels.lowerBound * layer.outputs, width: pixels.count)
        arguments.step = source.depth
        layer.kernels.table(for: layer.outputs).rowProduct(arguments)
        epilogue.apply(picture, pixels: pixels, columns, output)
    }
}

private struct MeasuredBands: PoolWork {
    let partial: BandSums
    let kernel: KernelTable

    func run(_ task: Int, by worker: Int) {
        partial.measure(task / partial.bands.count, task % partial.bands.count, kernel)
    }
}
