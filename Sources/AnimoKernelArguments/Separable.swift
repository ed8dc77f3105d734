/// Arguments to compute one row of the depthwise half of a separable convolution, from rows already loaded.
///
/// output[x, c] = Σ over taps of input[tap + x · step, c] · weights[tap, c]
package struct SeparableRowArguments {
    /// First tap of the first output pixel.
    package var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next, and from one loaded pixel to the next.
    package var pitch: Int
    /// Floats from one loaded pixel to the next.
    package var pixel: Int
    /// Floats from one output pixel's input to the next one's.
    package var step: Int
    /// Channels, a multiple of the lanes.
    package var channels: Int
    /// On a side.
    package var taps: Int
    /// (taps, taps, channels)
    package var weights: UnsafePointer<Float>
    /// First output pixel, (width, channels) at ``outputStep``.
    package var output: UnsafeMutablePointer<Float>
    /// Floats from one output pixel to the next.
    package var outputStep: Int
    /// Pixels to compute.
    package var width: Int

    /// Creates the arguments from their fields.
    package init(
        input: UnsafePointer<Float>, pitch: Int, pixel: Int, step: Int, channels: Int, taps: Int,
        weights: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, outputStep: Int, width: Int
    ) {
        self.input = input
        self.pitch = pitch
        self.pixel = pixel
        self.step = step
        self.channels = channels
        self.taps = taps
        self.weights = weights
        self.output = output
        self.outputStep = outputStep
        self.width = width
    }
}

/// Arguments to find mean and summed squared deviation of every channel of a rectangle of pixels.
package struct TileMomentsArguments {
    /// (rows, width, channels), rows `pitch` floats apart.
    package var values: UnsafePointer<Float>
    /// Floats from one row to the next.
    package var pitch: Int
    /// Rows of the rectangle.
    package var rows: Int
    /// Columns of the rectangle.
    package var width: Int
    /// Channels, a multiple of the lanes.
    package var channels: Int
    /// (channels), written.
    package var mean: UnsafeMutablePointer<Float>
    /// Sum of (value − mean)² of each channel, (channels), written.
    package var deviation: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        values: UnsafePointer<Float>, pitch: Int, rows: Int, width: Int, channels: Int,
        mean: UnsafeMutablePointer<Float>, deviation: UnsafeMutablePointer<Float>
    ) {
        self.values = values
        self.pitch = pitch
        self.rows = rows
        self.width = width
        self.channels = channels
        self.mean = mean
        self.deviation = deviation
    }
}
