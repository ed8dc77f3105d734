import AnimoKernelTypes

extension Executor {
    /// A 3×3 convolution by tiles: groups of tile rows, each loaded once, transformed, multiplied point by point,
    /// transformed back, and measured while still in the cache.
    ///
    /// What is computed for a tile, and the band sums of a tile row, do not depend on how tile rows are grouped.
    func tiled(
        _ layer: TileWeights, _ input: ConvolutionInput, _ output: Tensor, _ finish: Finish, measuring: Bool
    ) -> Moments? {
        let side = layer.side
        let (across, down) = ((output.width + side - 1) / side, (output.height + side - 1) / side)
        let groups = tileGroups(layer, across: across, down: down, batch: output.batch)
        let rowsPerGroup = (down + groups - 1) / groups
        let partial = measuring ? BandSums(workspace, output, bands: down) : nil

        let loadedWidth = across * side + 2
        let pitch = loadedWidth * layer.depth
        let most = rowsPerGroup * across
        let loaded = (rowsPerGroup * side + 2) * pitch
        // An odd number of cache lines from point to point: at a power of two all points would share a few sets of
        // the cache, and the transforms take three times as long.
        let (inputStride, productStride) = (oddLines(most * layer.depth), oddLines(most * layer.outputs))
        let room = loaded + layer.points * (inputStride + productStride) + 64 * 16
        let inputKernels = kernels.table(for: layer.depth)
        let outputKernels = layer.kernels.table(for: layer.outputs)
        let planeCount = layer.depth * layer.outputs

        pool.run(output.batch * groups) { task, worker in
            let (picture, group) = (task / groups, task % groups)
            let (first, end) = (group * down / groups, (group + 1) * down / groups)
            let rows = pool.scratch(worker, floats: room)
            let scratch = rows + loaded
            let transformed = scratch + 64 * 16
            let products = transformed + layer.points * inputStride

            let top = first * side
            for row in 0..<((end - first) * side + 2) {
                load(
                    input, picture: picture, layer.geometry, parts: layer.parts, y: top + row - layer.origin,
                    x: -layer.origin, count: loadedWidth, into: rows + row * pitch, stride: layer.depth,
                    keeping: top..<(end * side))
            }
            for row in first..<end {
                inputKernels.tileInput(
                    TileInput(
                        side: side, input: rows + (row - first) * side * pitch, pitch: pitch, depth: layer.depth,
                        tiles: across, output: transformed + (row - first) * across * layer.depth,
                        pointStride: inputStride, skipped: layer.skipped, scratch: scratch))
            }
            let tiles = (end - first) * across
            for point in 0..<layer.points {
                outputKernels.rowProduct(
                    RowProduct(
                        input: transformed + point * inputStride, pitch: 0, step: layer.depth, tapStride: 0,
                        depth: layer.depth, tapsHigh: 1, tapsWide: 1,
                        weights: layer.weights.floats + point * planeCount, bias: nil,
                        output: products + point * productStride, outputs: layer.outputs,
                        outputStride: layer.outputs, width: tiles))
            }
            for row in first..<end {
                let y = row * side
                outputKernels.tileOutput(
                    TileOutput(
                        side: side, products: products + (row - first) * across * layer.outputs,
                        pointStride: productStride, outputs: layer.outputs, tiles: across, skipped: layer.skipped,
                        bias: layer.bias.floats,
                        output: output.pictures[picture] + y * output.width * layer.outputs,
                        pitch: output.width * layer.outputs, height: output.height - y, width: output.width,
                        scratch: scratch))
                let rows = y..<min(y + side, output.height)
                finish.apply(
                    picture, pixels: (rows.lowerBound * output.width)..<(rows.upperBound * output.width),
                    0..<layer.outputs, output)
                partial?.measure(picture, row, rows: rows, output, outputKernels)
            }
        }
        return partial?.moments(workspace, rowsPerBand: side)
    }

    /// `floats` rounded up to an odd number of cache lines.
    private func oddLines(_ floats: Int) -> Int { ((floats + 15) / 16 | 1) * 16 }

    /// Into how many groups to cut the tile rows, no thread left without one.
    ///
    /// Every group reads all weights once: about 20 tiles keep the product busy where the weights stay in the cache,
    /// about 50 where they come from memory each time; the fewer, the more of a group's points stays in the cache.
    private func tileGroups(_ layer: TileWeights, across: Int, down: Int, batch: Int) -> Int {
        let tiles = layer.points * layer.depth * layer.outputs > 1_500_000 ? 50 : 20
        let wanted = max(1, (across * down + tiles * 3 / 4) / tiles)
        let threads = pool.threads
        let shares = (wanted * batch + threads - 1) / threads * threads
        return min(down, max(wanted, shares / batch))
    }
}
