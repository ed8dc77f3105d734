/// Arguments to bring tiles of loaded rows into the domain where a 3×3 convolution is a product at each point.
///
/// For tiles of m×m outputs, (m + 2)² inputs d each: output[point][tile] = Bᵀ d B       (Lavin & Gray 2016)
package struct WinogradInputArguments {
    /// Outputs on a side: 4 or 6.
    package var side: Int
    /// The first tile's upper left pixel; `pitch` floats to the next row, `depth` to the next pixel.
    package var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    package var pitch: Int
    /// Floats from one loaded pixel to the next: its channels.
    package var depth: Int
    /// Tiles of the row.
    package var tiles: Int
    /// (points, tiles, depth), `pointStride` floats from one point to the next.
    package var output: UnsafeMutablePointer<Float>
    /// Floats from one point's values to the next point's.
    package var pointStride: Int
    /// The point along each axis whose products are known to be zero; -1 for none.
    package var skipped: Int
    /// 64 vectors.
    package var scratch: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        side: Int, input: UnsafePointer<Float>, pitch: Int, depth: Int, tiles: Int,
        output: UnsafeMutablePointer<Float>, pointStride: Int, skipped: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        self.side = side
        self.input = input
        self.pitch = pitch
        self.depth = depth
        self.tiles = tiles
        self.output = output
        self.pointStride = pointStride
        self.skipped = skipped
        self.scratch = scratch
    }
}

/// Arguments to bring the products of a row of tiles back to pixels: Aᵀ m A + bias.
package struct WinogradOutputArguments {
    /// Outputs on a side: 4 or 6.
    package var side: Int
    /// (points, tiles, outputs).
    package var products: UnsafePointer<Float>
    /// Floats from one point's products to the next point's.
    package var pointStride: Int
    /// Output channels.
    package var outputs: Int
    /// Tiles of the row.
    package var tiles: Int
    /// The point along each axis whose products are known to be zero; -1 for none.
    package var skipped: Int
    /// (outputs)
    package var bias: UnsafePointer<Float>
    /// The first tile's upper left pixel in the picture; `pitch` floats to the next row.
    package var output: UnsafeMutablePointer<Float>
    /// Floats from one row of the picture to the next.
    package var pitch: Int
    /// Rows and columns of the picture from there on; tiles may reach beyond.
    package var height: Int
    /// Columns of the picture from the first tile on.
    package var width: Int
    /// 64 vectors.
    package var scratch: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        side: Int, products: UnsafePointer<Float>, pointStride: Int, outputs: Int, tiles: Int, skipped: Int,
        bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, pitch: Int, height: Int, width: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        self.side = side
        self.products = products
        self.pointStride = pointStride
        self.outputs = outputs
        self.tiles = tiles
        self.skipped = skipped
        self.bias = bias
        self.output = output
        self.pitch = pitch
        self.height = height
        self.width = width
        self.scratch = scratch
    }
}

/// Arguments to bring the weights of a 3×3 convolution to the points of its tiles, in panels: U = G g Gᵀ.
package struct WinogradWeightsArguments {
    /// 3, or 2 for a third tap of zero.
    package var taps: Int
    /// (taps, taps, depth, outputs).
    package var weights: UnsafePointer<Float>
    /// Input channels.
    package var depth: Int
    /// Output channels.
    package var outputs: Int
    /// G, (points, 3).
    package var lines: UnsafePointer<Float>
    /// Points along an axis.
    package var points: Int
    /// (points · points) times the panels of ``PanelLayout``, (depth, outputs).
    package var target: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        taps: Int, weights: UnsafePointer<Float>, depth: Int, outputs: Int, lines: UnsafePointer<Float>,
        points: Int, target: UnsafeMutablePointer<Float>
    ) {
        self.taps = taps
        self.weights = weights
        self.depth = depth
        self.outputs = outputs
        self.lines = lines
        self.points = points
        self.target = target
    }
}
