import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// Winograd's F(6×6, 3×3): 64 products for 36 outputs.
    static let winograd6x6 = winograd(side: 6, transform: ConvolutionCost.transform6x6)
    /// Winograd's F(4×4, 3×3): 36 products for 16 outputs.
    static let winograd4x4 = winograd(side: 4, transform: ConvolutionCost.transform4x4)

    /// 3×3, after enlargement or between zeros too, and 4×4 at stride 2 as 2×2 taps over four times the channels
    /// (Lavin & Gray 2016).
    private static func winograd(side: Int, transform: Double) -> ConvolutionAlgorithm {
        ConvolutionAlgorithm(
            suits: { shape in
                switch shape.form {
                case .upsampling, .transposed: true
                case .depthwise: false
                case .plain:
                    shape.padding == 1
                        && (shape.kernel == 3 && shape.stride == 1 || shape.kernel == 4 && shape.stride == 2)
                }
            },
            seconds: { shape in
                let across = (Double(shape.extent) / Double(side)).rounded(.up)
                let gathers = shape.form == .plain && shape.stride == 2
                let line = Double(side + (shape.form == .plain && !gathers ? 2 : 1))
                let loaded = Double(gathers ? 4 * shape.depth : shape.depth)
                let transformed = across * across * (loaded + Double(paddedChannels(shape.outputs)))
                let product = ConvolutionCost.product(rows: across * across, depth: loaded, outputs: shape.outputs)
                return line * line * (product + transformed * transform)
            },
            prepare: { shape, weights, bias, width in
                WinogradWeights(
                    CanonicalKernel(shape, weights: weights, bias: bias), side: side, KernelChoice(upTo: width))
            })
    }
}

extension WinogradWeights: PreparedConvolution {
    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    /// Groups of tile rows, each loaded once, transformed, multiplied point by point, transformed back, and measured
    /// while still in the cache.
    ///
    /// The results of a tile, and the band sums of a tile row, do not depend on how tile rows are grouped.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let groups = WinogradGroups(context, self, input, output, epilogue, measuring: measuring)
        context.pool.run(output.batch * groups.count, groups)
        return groups.partial?.moments(context.workspace)
    }
}

/// A picture's tile rows in groups.
private struct WinogradGroups: PoolWork {
    let context: ComputeContext
    let layer: WinogradWeights
    let input: ConvolutionInput
    let output: Tensor
    let epilogue: Epilogue
    let partial: BandSums?
    /// Number of bands of one picture.
    let count: Int
    /// Tiles of a row and of a column.
    let across: Int
    let down: Int
    /// Floats from one loaded row to the next, of all loaded rows, and of the planes of points.
    let pitch: Int
    let loaded: Int
    let inputStride: Int
    let productStride: Int

    init(
        _ context: ComputeContext, _ layer: WinogradWeights, _ input: ConvolutionInput, _ output: Tensor,
        _ epilogue: Epilogue,
        measuring: Bool
    ) {
        (self.context, self.layer, self.input, self.output, self.epilogue) = (context, layer, input, output, epilogue)
        let side = layer.side
        across = (output.width + side - 1) / side
        down = (output.height + side - 1) / side
        count = Self.count(
            layer, across: across, down: down, batch: output.batch, threads: context.pool.threads)
        let bands = Bands(of: output.height, rowsPerBand: side)
        partial = measuring ? BandSums(context.workspace, output, bands) : nil
        let rows = (down + count - 1) / count
        pitch = (across * side + 2) * layer.depth
        loaded = (rows * side + 2) * pitch
        inputStride = Self.oddLines(rows * across * layer.depth)
        productStride = Self.oddLines(rows * across * layer.outputs)
    }

    func run(_ task: Int, by worker: Int) {
        let side = layer.side
        let (picture, group) = (task / count, task % count)
        let (first, end) = (group * down / count, (group + 1) * down / count)
        let rows = context.pool.scratch(
            worker, floats: loaded + layer.points * (inputStride + productStride) + 64 * 16)
        let scratch = rows + loaded
        let transformed = scratch + 64 * 16
        let products = transformed + layer.points * inputStride
        let inputKernels = context.kernels.table(for: layer.depth)
        let outputKernels = layer.kernels.table(for: layer.outputs)

        let top = first * side
        for row in 0..<((end - first) * side + 2) {
            context.load(
                input, picture: picture, layer.geometry, parts: layer.parts, y: top + row - layer.origin,
                x: -layer.origin, count: across * side + 2, into: rows + row * pitch, stride: layer.depth,
                keeping: top..<(end * side))
        }
        for row in first..<end {
            inputKernels.winogradInput(
                WinogradInputArguments(
                    side: side, input: rows + (row - first) * side * pitch, pitch: pitch, depth: layer.depth,
                    tiles: across, output: transformed + (row - first) * across * layer.depth,
                    pointStride: inputStride, skipped: layer.skipped, scratch: scratch))
        }
        for point in 0..<layer.points {
            outputKernels.rowProduct(
                RowProductArguments(
                    input: transformed + point * inputStride, pitch: 0, step: layer.depth, tapStride: 0,
                    depth: layer.depth, tapsHigh: 1, tapsWide: 1,
                    weights: layer.weights.floats + point * layer.depth * layer.outputs, bias: nil,
                    output: products + point * productStride, outputs: layer.outputs,
                    outputStride: layer.outputs, width: (end - first) * across))
        }
        for row in first..<end {
            let y = row * side
            outputKernels.winogradOutput(
                WinogradOutputArguments(
                    side: side, products: products + (row - first) * across * layer.outputs,
                    pointStride: productStride, outputs: layer.outputs, tiles: across, skipped: layer.skipped,
                    bias: layer.bias.floats, output: output.pictures[picture] + y * output.width * layer.outputs,
                    pitch: output.width * layer.outputs, height: output.height - y, width: output.width,
                    scratch: scratch))
            let rows = y..<min(y + side, output.height)
            epilogue.apply(
                picture, pixels: (rows.lowerBound * output.width)..<(rows.upperBound * output.width),
                0..<layer.outputs, output)
            partial?.measure(picture, row, outputKernels)
        }
    }

    /// `floats` rounded up to an odd number of cache lines: at a power of two all points would share a few sets of the
    /// cache, and the transforms take three times as long.
    private static func oddLines(_ floats: Int) -> Int { ((floats + 15) / 16 | 1) * 16 }

    /// Into how many groups to cut the tile rows, no thread left without one.
    ///
    /// Every group reads all weights once: about 20 tiles keep the product busy where the weights stay in the cache,
    /// about 50 where they come from memory each time; the fewer, the more of a group's points stays in the cache.
    private static func count(_ layer: WinogradWeights, across: Int, down: Int, batch: Int, threads: Int) -> Int {
        let tiles = layer.points * layer.depth * layer.outputs > 1_500_000 ? 50 : 20
        let wanted = max(1, (across * down + tiles * 3 / 4) / tiles)
        let shares = (wanted * batch + threads - 1) / threads * threads
        return min(down, max(wanted, shares / batch))
    }
}
