import AnimoKernelArguments

extension ComputeContext {
    /// A 1×1 convolution: all pixels of a picture are one row of the product, cut into runs, and where those are few
    /// the outputs are shared out too, so that every weight comes from memory seldom.
    ///
    /// A stored input is read where it lies; any other one is written out first, and of one at stride 2 only the
    /// pixels that count.
    func pointwise(
        _ layer: DirectPackedWeights, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let isStored = input.first.isStored && layer.geometry == .plain
        let source = isStored ? input.first.tensor : materialise(input.first, layer.geometry)
        let runs = PixelRuns(pool, layer, source, output, epilogue)
        pool.run(output.batch * runs.shares * runs.count, runs)
        if input.first.keep != nil { keep(input) }
        if !isStored { release(source) }
        return measuring ? moments(output) : nil
    }

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
    /// Of one picture, and into how many shares the outputs of each are cut.
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
