import AnimoKernelTypes

extension Executor {
    /// A 1×1 convolution: all pixels of a picture are one row of the product, cut into runs, and where those are few
    /// the outputs are shared out too, so that every weight comes from memory seldom.
    ///
    /// A stored input is read where it lies; any other one is written out first, and of one at stride 2 only the
    /// pixels that count.
    func pointwise(
        _ layer: PackedWeights, _ input: ConvolutionInput, _ output: Tensor, _ finish: Finish, measuring: Bool
    ) -> Moments? {
        let isStored = input.first.isStored && layer.geometry == .plain
        let source = isStored ? input.first.tensor : materialise(input.first, layer.geometry)
        let depth = source.depth
        let runs = max(1, (output.pixels + 64) / 128)
        let shares = max(1, min(layer.outputs / 32, 2 * pool.threads / (runs * output.batch)))
        let product = layer.kernels.table(for: layer.outputs)
        pool.run(output.batch * shares * runs) { task, _ in
            let (picture, share, run) = (task / runs / shares, task / runs % shares, task % runs)
            let pixels = (run * output.pixels / runs)..<((run + 1) * output.pixels / runs)
            let columns = layer.columns(share, of: shares)
            var order = layer.product(
                source.pictures[picture] + pixels.lowerBound * depth, pitch: 0, columns,
                to: output.pictures[picture] + pixels.lowerBound * layer.outputs, width: pixels.count)
            order.step = depth
            product.rowProduct(order)
            finish.apply(picture, pixels: pixels, columns, output)
        }
        if input.first.keep != nil { keep(input) }
        if !isStored { release(source) }
        return measuring ? moments(output) : nil
    }

    /// Mean and variance of a tensor that is whole already.
    func moments(_ tensor: Tensor) -> Moments {
        let rows = max(1, min(8, tensor.height / 8))
        let bands = (tensor.height + rows - 1) / rows
        let partial = BandSums(workspace, tensor, bands: bands)
        let kernel = kernels.table(for: tensor.depth)
        pool.run(tensor.batch * bands) { task in
            let (picture, band) = (task / bands, task % bands)
            partial.measure(
                picture, band, rows: (band * rows)..<min((band + 1) * rows, tensor.height), tensor, kernel)
        }
        return partial.moments(workspace, rowsPerBand: rows)
    }
}
