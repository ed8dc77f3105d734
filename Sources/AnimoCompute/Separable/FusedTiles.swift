import AnimoKernelArguments

extension ComputeContext {
    /// Tiles of the output: the rows of each part that a tile needs are loaded, normalised, into the worker's scratch
    /// memory, every channel convolved by itself from there into one buffer of pixels, and those multiplied by the 1×1
    /// weights; what comes out is measured while still in the cache.
    func fused(
        _ layer: FusedWeights, _ input: ConvolutionInput, _ planes: [Float], _ output: Tensor
    ) -> Moments {
        let tiles = SeparableTiles(of: output, depth: layer.depth)
        let sums = workspace.floats(output.batch * tiles.count * 2 * output.depth)
        let edges = layer.edges.map {
            EdgeSums(workspace, $0, planes, height: output.height, width: output.width)
        }
        let work = FusedTiles(
            context: self, layer: layer, input: input, output: output, tiles: tiles, sums: sums, edges: edges)
        pool.run(output.batch * tiles.count, work)
        return Moments(workspace, joining: sums, of: output, parts: tiles.count) {
            tiles.rows($0).count * tiles.columns($0).count
        }
    }
}

/// A picture cut into rectangles, each a piece of work and a measurement of its own: they depend on its size and depth
/// alone, never on the number of threads.
struct SeparableTiles {
    let height: Int
    let width: Int
    let rowsPerTile: Int
    let columnsPerTile: Int
    let across: Int
    let count: Int

    /// Even sides, so that all parities of an enlarged part lie alike; about 256 pixels, fewer of many channels.
    ///
    /// - Parameter depth: floats of a pixel of the product's input.
    init(of output: Tensor, depth: Int) {
        (height, width) = (output.height, output.width)
        let chunks = (width + 63) / 64
        columnsPerTile = max(2, ((width + chunks - 1) / chunks + 1) & ~1)
        across = (width + columnsPerTile - 1) / columnsPerTile
        let pixels = depth >= 512 ? 128 : 256
        // Small pictures are cut into a few all the same, so that there is one for every thread.
        let rows = min(pixels / columnsPerTile, max(2, height / 4))
        rowsPerTile = max(2, rows & ~1)
        count = across * ((height + rowsPerTile - 1) / rowsPerTile)
    }

    func rows(_ tile: Int) -> Range<Int> {
        let first = tile / across * rowsPerTile
        return first..<min(first + rowsPerTile, height)
    }

    func columns(_ tile: Int) -> Range<Int> {
        let first = tile % across * columnsPerTile
        return first..<min(first + columnsPerTile, width)
    }
}

private struct FusedTiles: PoolWork {
    let context: ComputeContext
    let layer: FusedWeights
    let input: ConvolutionInput
    let output: Tensor
    let tiles: SeparableTiles
    let sums: UnsafeMutablePointer<Float>
    let edges: EdgeSums?

    func run(_ task: Int, by worker: Int) {
        let (picture, tile) = (task / tiles.count, task % tiles.count)
        let (rows, columns) = (tiles.rows(tile), tiles.columns(tile))
        let (pixels, depth) = (rows.count * columns.count, layer.depth)
        // Nothing is allocated here: a frame has thousands of tiles.
        var most = 0
        for part in layer.parts { most = max(most, PartLoad(part, rows: rows, columns: columns).floats) }
        let scratch = context.pool.scratch(worker, floats: pixels * depth + most)
        let loaded = scratch + pixels * depth
        var place = scratch
        for index in layer.parts.indices {
            let part = layer.parts[index]
            let partLoad = PartLoad(part, rows: rows, columns: columns)
            let segment = input.segment(index, picture: picture)
            load(segment, partLoad, into: loaded)
            if index == 0, let keep = segment.keep { self.keep(partLoad, from: loaded, rows, columns, keep) }
            convolve(part, partLoad, loaded, rows, columns, to: place)
            place += part.depth
        }
        multiply(scratch, rows, columns, to: output.pictures[picture])
        edges?.add(to: output.pictures[picture], rows: rows, columns: columns)
        let mean = sums + task * 2 * output.depth
        context.kernels.table(for: output.depth).tileMoments(
            TileMomentsArguments(
                values: output.pictures[picture] + (rows.lowerBound * output.width + columns.lowerBound) * output.depth,
                pitch: output.width * output.depth, rows: rows.count, width: columns.count, channels: output.depth,
                mean: mean, deviation: mean + output.depth))
    }

    private func load(_ segment: Segment, _ load: PartLoad, into target: UnsafeMutablePointer<Float>) {
        let kernel = context.kernels.table(for: segment.channels)
        for row in 0..<load.rows {
            kernel.loadRow(
                LoadRowArguments(
                    segment: segment, geometry: .plain, y: load.y + row, x: load.x, count: load.columns,
                    target: target + row * load.pitch, pixelStride: segment.channels, keeps: false))
        }
    }

    /// Writes the tile's own pixels of what was loaded, taps `same`, to where they are wanted again.
    private func keep(
        _ load: PartLoad, from loaded: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>,
        _ target: UnsafeMutablePointer<Float>
    ) {
        let depth = load.depth
        for row in rows {
            (target + (row * output.width + columns.lowerBound) * depth).update(
                from: loaded + (row - load.y) * load.pitch + (columns.lowerBound - load.x) * depth,
                count: columns.count * depth)
        }
    }

    /// The depthwise half of one part.
    private func convolve(
        _ part: FusedWeights.Part, _ load: PartLoad, _ loaded: UnsafeMutablePointer<Float>, _ rows: Range<Int>,
        _ columns: Range<Int>, to target: UnsafeMutablePointer<Float>
    ) {
        let kernel = context.kernels.table(for: part.depth)
        let each = part.taps * part.taps * part.depth
        let parities = part.isPhased ? 2 : 1
        for row in 0..<rows.count {
            let parity = part.isPhased ? row & 1 : 0
            let first = part.isPhased ? row / 2 + parity : row * part.stride
            for phase in 0..<parities {
                kernel.separableRow(
                    SeparableRowArguments(
                        input: loaded + first * load.pitch + phase * part.depth, pitch: load.pitch,
                        pixel: part.depth, step: part.stride * part.depth, channels: part.depth, taps: part.taps,
                        weights: part.weights.floats + (parity * parities + phase) * each,
                        output: target + (row * columns.count + phase) * layer.depth,
                        outputStep: parities * layer.depth, width: (columns.count - phase + parities - 1) / parities))
            }
        }
    }

    /// The 1×1 half: pixels that lie side by side in the output are one row of the product.
    private func multiply(
        _ pixels: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>,
        to output: UnsafeMutablePointer<Float>
    ) {
        let kernel = layer.kernels.table(for: layer.outputs)
        let isWhole = columns.count == self.output.width
        for row in 0..<(isWhole ? 1 : rows.count) {
            kernel.rowProduct(
                RowProductArguments(
                    input: pixels + row * columns.count * layer.depth, pitch: 0, step: layer.depth, tapStride: 0,
                    depth: layer.depth, tapsHigh: 1, tapsWide: 1, weights: layer.pointwise.floats, bias: nil,
                    output: output
                        + ((rows.lowerBound + row) * self.output.width + columns.lowerBound) * layer.outputs,
                    outputs: layer.outputs, outputStride: layer.outputs,
                    width: columns.count * (isWhole ? rows.count : 1)))
        }
    }
}

/// Rows and columns of a part that a tile reads.
private struct PartLoad {
    let y: Int
    let x: Int
    let rows: Int
    let columns: Int
    let depth: Int

    init(_ part: FusedWeights.Part, rows: Range<Int>, columns: Range<Int>) {
        depth = part.depth
        if part.isPhased {
            // Output 2a reads a − 1 and a, output 2a + 1 reads a and a + 1; tiles begin at even outputs.
            y = rows.lowerBound / 2 - 1
            x = columns.lowerBound / 2 - 1
            self.rows = (rows.count - 1) / 2 + 3
            self.columns = (columns.count - 1) / 2 + 3
        } else {
            y = rows.lowerBound * part.stride - part.origin
            x = columns.lowerBound * part.stride - part.origin
            self.rows = (rows.count - 1) * part.stride + part.taps
            self.columns = (columns.count - 1) * part.stride + part.taps
        }
    }

    var pitch: Int { columns * depth }
    var floats: Int { rows * pitch }
}
