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
        let strips = SeparableStrips(of: tiles, pictures: output.batch, threads: pool.threads)
        let work = FusedTiles(
            context: self, layer: layer, input: input, output: output, tiles: tiles, strips: strips, sums: sums,
            edges: edges)
        pool.run(output.batch * strips.count, work)
        return Moments(workspace, joining: sums, of: output, parts: tiles.count) {
            tiles.rows($0).count * tiles.columns($0).count
        }
    }
}

/// A picture cut into rectangles, each a measurement of its own: they depend on its size and depth alone, never on the
/// number of threads.
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

/// Tiles one below the other that one task computes from above to below, so that rows which two of them read are
/// loaded once.
struct SeparableStrips {
    let across: Int
    let down: Int
    /// Tiles of a strip.
    let length: Int
    let count: Int

    /// Long strips, but some for each thread; 16 tiles at most, so that one takes a millisecond or two.
    init(of tiles: SeparableTiles, pictures: Int, threads: Int) {
        across = tiles.across
        down = tiles.count / tiles.across
        let most = threads == 1 ? down : pictures * tiles.count / (2 * threads)
        length = max(1, min(16, down, most))
        count = across * ((down + length - 1) / length)
    }

    /// Tiles of a strip, from above to below.
    func tiles(_ strip: Int) -> StrideTo<Int> {
        let first = strip / across * length
        let end = min(first + length, down)
        return stride(from: first * across + strip % across, to: end * across, by: across)
    }
}

private struct FusedTiles: PoolWork {
    let context: ComputeContext
    let layer: FusedWeights
    let input: ConvolutionInput
    let output: Tensor
    let tiles: SeparableTiles
    let strips: SeparableStrips
    let sums: UnsafeMutablePointer<Float>
    let edges: EdgeSums?

    func run(_ task: Int, by worker: Int) {
        let (picture, strip) = (task / strips.count, task % strips.count)
        var above: Int?
        for tile in strips.tiles(strip) {
            compute(tile, below: above, of: picture, by: worker)
            above = tile
        }
    }

    /// - Parameter above: the tile that this worker has just computed, if it lies right above this one.
    private func compute(_ tile: Int, below above: Int?, of picture: Int, by worker: Int) {
        let (rows, columns) = (tiles.rows(tile), tiles.columns(tile))
        let depth = layer.depth
        // Nothing is allocated here: a frame has thousands of tiles. All of a strip take the room of a whole one, so that
        // what is loaded of each part keeps its place.
        let tallest = rows.lowerBound..<(rows.lowerBound + tiles.rowsPerTile)
        var floats = tiles.rowsPerTile * columns.count * depth
        for part in layer.parts { floats += PartLoad(part, rows: tallest, columns: columns).floats }
        let scratch = context.pool.scratch(worker, floats: floats)
        var loaded = scratch + tiles.rowsPerTile * columns.count * depth
        var place = scratch
        for index in layer.parts.indices {
            let part = layer.parts[index]
            let partLoad = PartLoad(part, rows: rows, columns: columns)
            let segment = input.segment(index, picture: picture)
            let known = above.map { PartLoad(part, rows: tiles.rows($0), columns: columns) }
            load(segment, partLoad, after: known, into: loaded)
            if index == 0, let keep = segment.keep { self.keep(partLoad, from: loaded, rows, columns, keep) }
            convolve(part, partLoad, loaded, rows, columns, to: place)
            place += part.depth
            loaded += PartLoad(part, rows: tallest, columns: columns).floats
        }
        multiply(scratch, rows, columns, to: output.pictures[picture])
        edges?.add(to: output.pictures[picture], rows: rows, columns: columns)
        let mean = sums + (picture * tiles.count + tile) * 2 * output.depth
        context.kernels.table(for: output.depth).tileMoments(
            TileMomentsArguments(
                values: output.pictures[picture] + (rows.lowerBound * output.width + columns.lowerBound) * output.depth,
                pitch: output.width * output.depth, rows: rows.count, width: columns.count, channels: output.depth,
                mean: mean, deviation: mean + output.depth))
    }

    /// Loads the rows of a part; those that `known`, the load of the tile above, has left are moved up.
    private func load(
        _ segment: Segment, _ load: PartLoad, after known: PartLoad?, into target: UnsafeMutablePointer<Float>
    ) {
        let kernel = context.kernels.table(for: segment.channels)
        var first = 0
        if let known {
            first = min(known.y + known.rows - load.y, load.rows)
            target.update(from: target + (load.y - known.y) * load.pitch, count: first * load.pitch)
        }
        for row in first..<load.rows {
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
