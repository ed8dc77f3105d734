/// Arguments to compute one row of a convolution from rows already loaded.
///
/// output[x, m] = bias[m] + Σ over taps and channels of input[tap + x · step, k] · weights[tap, k, m]
public struct RowProductArguments {
    public var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    public var pitch: Int
    /// Floats from one output pixel's input to the next one's.
    public var step: Int
    /// Floats from one tap to its right neighbour.
    public var tapStride: Int
    public var depth: Int
    public var tapsHigh: Int
    public var tapsWide: Int
    /// Packed by `PanelLayout`.
    public var weights: UnsafePointer<Float>
    public var bias: UnsafePointer<Float>?
    public var output: UnsafeMutablePointer<Float>
    public var outputs: Int
    public var outputStride: Int
    public var width: Int

    public init(
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
public struct BandMomentsArguments {
    /// (rows, width, channels), contiguous.
    public var values: UnsafePointer<Float>
    public var pixels: Int
    public var channels: Int
    public var mean: UnsafeMutablePointer<Float>
    public var deviation: UnsafeMutablePointer<Float>

    public init(
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

/// How weights are laid out for the product kernels: columns (outputs) in panels of two vectors, the last
/// possibly of one; inside a panel row after row (inputs), so that a product reads them from first to last.
public struct PanelLayout: Sendable {
    public let lanes: Int
    public let rows: Int
    public let columns: Int

    public init(lanes: Int, rows: Int, columns: Int) {
        self.lanes = lanes
        self.rows = rows
        self.columns = columns
    }

    public var count: Int { rows * columns }

    /// Packs `weights`, (rows, columns), into `target`, of `count` floats.
    public func pack(_ weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
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
public struct KernelTable: Sendable {
    public let name: String
    /// Floats in a vector.
    public let lanes: Int
    /// Whether this build's multiply-add is an instruction; else it is a library call, a hundred times slower.
    public let isFused: Bool
    public let loadRow: @Sendable (LoadRowArguments) -> Void
    public let rowProduct: @Sendable (RowProductArguments) -> Void
    public let depthwiseRow: @Sendable (DepthwiseRowArguments) -> Void
    public let bandMoments: @Sendable (BandMomentsArguments) -> Void
    public let winogradInput: @Sendable (WinogradInputArguments) -> Void
    public let winogradOutput: @Sendable (WinogradOutputArguments) -> Void
    public let winogradWeights: @Sendable (WinogradWeightsArguments) -> Void
    public let winogradColumnsInput: @Sendable (WinogradColumnsInputArguments) -> Void
    public let winogradColumnsOutput: @Sendable (WinogradColumnsOutputArguments) -> Void
    public let separableRow: @Sendable (SeparableRowArguments) -> Void
    public let tileMoments: @Sendable (TileMomentsArguments) -> Void
    public let layerRow: @Sendable (LayerRowArguments) -> Void
    public let displayRow: @Sendable (DisplayRowArguments) -> Void
    public let skipRow: @Sendable (SkipRowArguments) -> Void
    public let sampleRow: @Sendable (SampleRowArguments) -> Void

    public init(
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
