/// Arguments of the end of a residual block over a row of pixels: values = act(values + skip).
///
/// act(v) = v where v ≥ 0 and slope[channel] · v elsewhere (PReLU, He et al. 2015); slopes of 0 make it a ReLU.
package struct SkipRowArguments {
    /// (width, channels), changed in place.
    package var values: UnsafeMutablePointer<Float>
    /// Pixels to change.
    package var width: Int
    /// Channels of ``values``, a multiple of the lanes.
    package var channels: Int
    /// Summand: pixels of `skipChannels`, at most `channels`; the channels behind get nothing. nil: no summand.
    package var skip: UnsafePointer<Float>?
    /// Channels of ``skip``, a multiple of the lanes.
    package var skipChannels: Int
    /// Whether the skip has twice the height and width, and the largest of 2×2 of its pixels is added.
    package var isHalved: Bool
    /// Floats from one row of the skip to the next, where it is halved.
    package var skipPitch: Int
    /// (channels)
    package var slope: UnsafePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        values: UnsafeMutablePointer<Float>, width: Int, channels: Int, skip: UnsafePointer<Float>?,
        skipChannels: Int, isHalved: Bool, skipPitch: Int, slope: UnsafePointer<Float>
    ) {
        self.values = values
        self.width = width
        self.channels = channels
        self.skip = skip
        self.skipChannels = skipChannels
        self.isHalved = isHalved
        self.skipPitch = skipPitch
        self.slope = slope
    }
}
