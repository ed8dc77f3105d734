/// Arguments of a row of bilinear samples of a picture of bytes along a line: output = sample · scale + shift.
///
/// Sample i lies at (x + i · stepX, y + i · stepY); the middle of the first pixel is (0, 0). Places are at most 2³⁰
/// pixels away from the picture.
package struct SampleRowArguments {
    /// (height, width, 3)
    package var picture: UnsafePointer<UInt8>
    /// Rows of ``picture``.
    package var height: Int
    /// Columns of ``picture``.
    package var width: Int
    /// Column of the first sample, in pixels.
    package var x: Double
    /// Row of the first sample, in pixels.
    package var y: Double
    /// Columns from one sample to the next.
    package var stepX: Double
    /// Rows from one sample to the next.
    package var stepY: Double
    /// Number of samples.
    package var count: Int
    /// Whether what lies outside shows the nearest pixel; else it is 0.
    package var isBordered: Bool
    /// Factor of a sample.
    package var scale: Float
    /// Summand after ``scale``.
    package var shift: Float
    /// (count, 3), and one number behind them, which may be overwritten.
    package var output: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        picture: UnsafePointer<UInt8>, height: Int, width: Int, x: Double, y: Double, stepX: Double, stepY: Double,
        count: Int, isBordered: Bool, scale: Float, shift: Float, output: UnsafeMutablePointer<Float>
    ) {
        self.picture = picture
        self.height = height
        self.width = width
        self.x = x
        self.y = y
        self.stepX = stepX
        self.stepY = stepY
        self.count = count
        self.isBordered = isBordered
        self.scale = scale
        self.shift = shift
        self.output = output
    }
}
