/// Arguments to compute one row of a convolution from rows already loaded.
///
/// output[x, m] = bias[m] + Σ over taps and channels of input[tap + x · step, k] · weights[tap, k, m]
package struct RowProductArguments {
    /// First tap of the first output pixel.
    package var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    package var pitch: Int
    /// Floats from one output pixel's input to the next one's.
    package var step: Int
    /// Floats from one tap to its right neighbour.
    package var tapStride: Int
    /// Channels of a tap.
    package var depth: Int
    /// Taps from top to bottom.
    package var tapsHigh: Int
    /// Taps from left to right.
    package var tapsWide: Int
    /// Packed by `PanelLayout`.
    package var weights: UnsafePointer<Float>
    /// (outputs); nil for none.
    package var bias: UnsafePointer<Float>?
    /// First output pixel; the next is ``outputStride`` floats further.
    package var output: UnsafeMutablePointer<Float>
    /// Output channels, a multiple of the lanes.
    package var outputs: Int
    /// Floats from one output pixel to the next.
    package var outputStride: Int
    /// Pixels to compute.
    package var width: Int

    /// Creates the arguments from their fields.
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
    /// Pixels of the band.
    package var pixels: Int
    /// Channels, a multiple of the lanes.
    package var channels: Int
    /// (channels), written.
    package var mean: UnsafeMutablePointer<Float>
    /// Sum of (value − mean)² of each channel, (channels), written.
    package var deviation: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
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
    /// Floats in a vector; a full panel has two vectors of columns.
    package let lanes: Int
    /// Inputs of the product.
    package let rows: Int
    /// Outputs of the product.
    package let columns: Int

    /// Creates a layout from its fields.
    package init(lanes: Int, rows: Int, columns: Int) {
        self.lanes = lanes
        self.rows = rows
        self.columns = columns
    }

    /// Floats of the packed weights.
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
    /// Name for reports.
    package let name: String
    /// Floats in a vector.
    package let lanes: Int
    /// Whether this build's multiply-add is an instruction; else it is a library call, a hundred times slower.
    package let isFused: Bool
    /// Writes a part of one row of a convolution's input.
    package let loadRow: @Sendable (LoadRowArguments) -> Void
    /// Computes one row of a convolution as a product.
    package let rowProduct: @Sendable (RowProductArguments) -> Void
    /// Computes one row of a depthwise convolution.
    package let depthwiseRow: @Sendable (DepthwiseRowArguments) -> Void
    /// Finds mean and deviation of every channel of a band of rows.
    package let bandMoments: @Sendable (BandMomentsArguments) -> Void
    /// Brings tiles to the points of F(4, 3) or F(6, 3).
    package let winogradInput: @Sendable (WinogradInputArguments) -> Void
    /// Brings products at points back to pixels.
    package let winogradOutput: @Sendable (WinogradOutputArguments) -> Void
    /// Brings 3×3 weights to the points.
    package let winogradWeights: @Sendable (WinogradWeightsArguments) -> Void
    /// Brings rows to the points of F(4, 7) along the columns.
    package let winogradColumnsInput: @Sendable (WinogradColumnsInputArguments) -> Void
    /// Gathers products of F(4, 7) to pixels.
    package let winogradColumnsOutput: @Sendable (WinogradColumnsOutputArguments) -> Void
    /// Computes one row of the depthwise half of a separable convolution.
    package let separableRow: @Sendable (SeparableRowArguments) -> Void
    /// Finds mean and deviation of every channel of a rectangle of pixels.
    package let tileMoments: @Sendable (TileMomentsArguments) -> Void
    /// Lays what a network paints over a row of RGBA pixels.
    package let layerRow: @Sendable (LayerRowArguments) -> Void
    /// Makes a row of a picture and, enlarged by two, a smaller picture and a grid.
    package let enlargeRow: @Sendable (EnlargeRowArguments) -> Void
    /// Brings a row of RGBA pixels from linear light to sRGB.
    package let displayRow: @Sendable (DisplayRowArguments) -> Void
    /// Adds the skip of a residual block to a row, and activates it.
    package let skipRow: @Sendable (SkipRowArguments) -> Void
    /// Samples a picture of bytes along a line.
    package let sampleRow: @Sendable (SampleRowArguments) -> Void

    /// Creates a table of one build's loops.
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
        enlargeRow: @escaping @Sendable (EnlargeRowArguments) -> Void,
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
        self.enlargeRow = enlargeRow
        self.displayRow = displayRow
        self.skipRow = skipRow
        self.sampleRow = sampleRow
    }
}
