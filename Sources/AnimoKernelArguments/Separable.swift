/// Arguments to compute one row of the depthwise half of a separable convolution, from rows already loaded.
///
/// output[x, c] = Σ over taps of input[tap + x · step, c] · weights[tap, c]
public struct SeparableRowArguments {
    public var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next, and from one loaded pixel to the next.
    public var pitch: Int
    public var pixel: Int
    /// Floats from one output pixel's input to the next one's.
    public var step: Int
    public var channels: Int
    /// On a side.
    public var taps: Int
    /// (taps, taps, channels)
    public var weights: UnsafePointer<Float>
    public var output: UnsafeMutablePointer<Float>
    /// Floats from one output pixel to the next.
    public var outputStep: Int
    public var width: Int

    public init(
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
public struct TileMomentsArguments {
    /// (rows, width, channels), rows `pitch` floats apart.
    public var values: UnsafePointer<Float>
    public var pitch: Int
    public var rows: Int
    public var width: Int
    public var channels: Int
    public var mean: UnsafeMutablePointer<Float>
    public var deviation: UnsafeMutablePointer<Float>

    public init(
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
