/// Arguments to compute one row of a convolution of every channel by itself, from rows already loaded.
///
/// output[x, c] = bias[c] + Σ over taps of input[tap + x · step, c] · weights[tap, c]
public struct DepthwiseRowArguments {
    public var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    public var pitch: Int
    /// Floats from one output pixel's input to the next one's.
    public var step: Int
    public var channels: Int
    /// On a side.
    public var taps: Int
    /// (taps, taps, channels)
    public var weights: UnsafePointer<Float>
    public var bias: UnsafePointer<Float>
    /// (width, channels)
    public var output: UnsafeMutablePointer<Float>
    public var width: Int

    public init(
        input: UnsafePointer<Float>, pitch: Int, step: Int, channels: Int, taps: Int, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, width: Int
    ) {
        self.input = input
        self.pitch = pitch
        self.step = step
        self.channels = channels
        self.taps = taps
        self.weights = weights
        self.bias = bias
        self.output = output
        self.width = width
    }
}
