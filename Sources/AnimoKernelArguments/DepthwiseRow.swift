/// Arguments to compute one row of a convolution of every channel by itself, from rows already loaded.
///
/// output[x, c] = bias[c] + Σ over taps of input[tap + x · step, c] · weights[tap, c]
package struct DepthwiseRowArguments {
    /// First tap of the first output pixel, in rows loaded with all channels.
    package var input: UnsafePointer<Float>
    /// Floats from one loaded row to the next.
    package var pitch: Int
    /// Floats from one output pixel's input to the next one's.
    package var step: Int
    /// Channels, a multiple of the lanes.
    package var channels: Int
    /// On a side.
    package var taps: Int
    /// (taps, taps, channels)
    package var weights: UnsafePointer<Float>
    /// (channels)
    package var bias: UnsafePointer<Float>
    /// (width, channels)
    package var output: UnsafeMutablePointer<Float>
    /// Pixels to compute.
    package var width: Int

    /// Creates the arguments from their fields.
    package init(
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
