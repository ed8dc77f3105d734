/// Arguments to compute one row of a convolution from rows already loaded.
///
/// output[x, m] = bias[m] + Σ over taps and channels of input[tap + x · step, k] · weights[tap, k, m]
package struct RowProductArguments {
    package var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    package var pitch: Int
    /// Floats from one output pixel's input to the next one's.
    package var step: Int
    /// Floats from one tap to its right neighbour.
    package var tapStride: Int
    package var depth: Int
    package var tapsHigh: Int
    package var tapsWide: Int
    /// Packed by `PanelLayout`.
    package var weights: UnsafePointer<Float>
    package var bias: UnsafePointer<Float>?
    package var output: UnsafeMutablePointer<Float>
    package var outputs: Int
    package var outputStride: Int
    package var width: Int

    package init(
        input: UnsafePointer<Float>, pitch: Int, step: Int, tapStride: Int, depth: Int, tapsHigh: Int, tapsWide: Int,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, outputs: Int,
        outputStride: Int, width: Int
    ) {
        self.input = input
        self.pitch = pitch
        self.step = step
        self.tapStride = tapStride
        self.depth = depth
        self.tapsHigh = tapsHigh
        self.tapsWide = tapsWide
        self.weights = weights
        self.bias = bias
        self.output = output
        self.outputs = outputs
        self.outputStride = outputStride
        self.width = width
    }
}

/// Arguments to find mean and summed squared deviation of every channel of a band of rows.
package struct BandMomentsArguments {
    /// (rows, width, channels), contiguous.
    package var values: UnsafePointer<Float>
    package var pixels: Int
    package var channels: Int
    package var mean: UnsafeMutablePointer<Float>
    package var deviation: UnsafeMutablePointer<Float>

    package init(
        values: UnsafePointer<Float>, pixels: Int, channels: Int, mean: UnsafeMutablePointer<Float>,
        deviation: UnsafeMutablePointer<Float>
    ) {
        self.values = values
        self.pixels = pixels
        self.channels = channels
        self.mean = mean
        self.deviation = deviation
    }
}

/// Layout of weights for the product kernels: columns (outputs) in panels of two vectors, the last
/// possibly of one; inside a panel row after row (inputs), so that a product reads them from first to last.
package struct PanelLayout: Sendable {
    package let lanes: Int
    package let rows: Int
    package let columns: Int

    package init(lanes: Int, rows: Int, columns: Int) {
        self.lanes = lanes
        self.rows = rows
        self.columns = columns
    }

    package var count: Int { rows * columns }

    /// Packs `weights`, (rows, columns), into `target`, of `count` floats.
    package func pack(_ weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        var first = 0
        var place = target
        while first < columns {
            let wide = min(2 * lanes, columns - first)
            for row in 0..<rows {
                let from = weights + row * columns + first
                for column in 0..<wide { place[column] = from[column] }
                place += wide
            }
            first += wide
        }
    }
}

/// The hot loops, built once for each vector width.
///
/// Every function works on multiples of `lanes` channels. What a function writes for an output depends on that
/// output's inputs alone, not on how the work was cut up.
package struct KernelTable: Sendable {
    package let name: String
    /// Floats in a vector.
    package let lanes: Int
    /// Whether this build's multiply-add is an instruction; else it is a library call, a hundred times slower.
    package let isFused: Bool
    package let loadRow: @Sendable (LoadRowArguments) -> Void
    package let rowProduct: @Sendable (RowProductArguments) -> Void
    package let depthwiseRow: @Sendable (DepthwiseRowArguments) -> Void
    package let bandMoments: @Sendable (BandMomentsArguments) -> Void
    package let winogradInput: @Sendable (WinogradInputArguments) -> Void
    package let winogradOutput: @Sendable (WinogradOutputArguments) -> Void
    package let winogradWeights: @Sendable (WinogradWeightsArguments) -> Void
    package let winogradColumnsInput: @Sendable (WinogradColumnsInputArguments) -> Void
    package let winogradColumnsOutput: @Sendable (WinogradColumnsOutputArguments) -> Void
    package let separableRow: @Sendable (SeparableRowArguments) -> Void
    package let tileMoments: @Sendable (TileMomentsArguments) -> Void
    package let layerRow: @Sendable (LayerRowArguments) -> Void
    package let displayRow: @Sendable (DisplayRowArguments) -> Void
    package let skipRow: @Sendable (SkipRowArguments) -> Void
    package let sampleRow: @Sendable (SampleRowArguments) -> Void

    package init(
        name: String, lanes: Int, isFused: Bool, loadRow: @escaping @Sendable (LoadRowArguments) -> Void,
        rowProduct: @escaping @Sendable (RowProductArguments) -> Void,
        depthwiseRow: @escaping @Sendable (DepthwiseRowArguments) -> Void,
        bandMoments: @escaping @Sendable (BandMomentsArguments) -> Void,
        winogradInput: @escaping @Sendable (WinogradInputArguments) -> Void,
        winogradOutput: @escaping @Sendable (WinogradOutputArguments) -> Void,
        winogradWeights: @escaping @Sendable (WinogradWeightsArguments) -> Void,
        winogradColumnsInput: @escaping @Sendable (WinogradColumnsInputArguments) -> Void,
        winogradColumnsOutput: @escaping @Sendable (WinogradColumnsOutputArguments) -> Void,
        separableRow: @escaping @Sendable (SeparableRowArguments) -> Void,
        tileMoments: @escaping @Sendable (TileMomentsArguments) -> Void,
        layerRow: @escaping @Sendable (LayerRowArguments) -> Void,
        displayRow: @escaping @Sendable (DisplayRowArguments) -> Void,
        skipRow: @escaping @Sendable (SkipRowArguments) -> Void,
        sampleRow: @escaping @Sendable (SampleRowArguments) -> Void
    ) {
        self.name = name
        self.lanes = lanes
        self.isFused = isFused
        self.loadRow = loadRow
        self.rowProduct = rowProduct
        self.depthwiseRow = depthwiseRow
        self.bandMoments = bandMoments
        self.winogradInput = winogradInput
        self.winogradOutput = winogradOutput
        self.winogradWeights = winogradWeights
        self.winogradColumnsInput = winogradColumnsInput
        self.winogradColumnsOutput = winogradColumnsOutput
        self.separableRow = separableRow
        self.tileMoments = tileMoments
        self.layerRow = layerRow
        self.displayRow = displayRow
        self.skipRow = skipRow
        self.sampleRow = sampleRow
    }
}
