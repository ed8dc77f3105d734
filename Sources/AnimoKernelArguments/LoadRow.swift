/// Relation of the rows that a convolution reads to the tensors that are stored.
package enum Geometry: Int, Sendable, CaseIterable {
    /// (H, W, C) as stored.
    case plain
    /// (2H, 2W, C), every pixel four times: nearest-neighbour enlargement.
    case upsampled
    /// (2H, 2W, C), pixels at even places, zeros between: the input of a transposed convolution.
    case zeroInserted
    /// (H/2 + 1, W/2 + 1, 4C), pixel (y, x) holds the stored pixels (2y − 1 … 2y, 2x − 1 … 2x):
    /// turns a 4×4 convolution of stride 2 into a 2×2 convolution of stride 1.
    case spaceToDepth
    /// (H/2, W/2, C), the mean of 2×2 pixels.
    case averagePooled
    /// (⌈H/2⌉, ⌈W/2⌉, C), every second pixel of every second row.
    case subsampled

    /// Height or width of the rows that come out, given the stored one.
    package func extent(of stored: Int) -> Int {
        switch self {
        case .plain: stored
        case .upsampled, .zeroInserted: stored * 2
        case .spaceToDepth: stored / 2 + 1
        case .averagePooled: stored / 2
        case .subsampled: (stored + 1) / 2
        }
    }

    /// Channels of a pixel that comes out for each one stored.
    package var depthFactor: Int { self == .spaceToDepth ? 4 : 1 }
}

/// One run of channels of a convolution's input: a stored tensor with what is done to it on the way in.
///
/// All pointers are to one picture, (height, width, channels); `channels` is a multiple of 8.
package struct Segment {
    /// Formula by which the values come from the stored tensors.
    package enum Kind: Int {
        /// act(source · scale + shift)
        case single
        /// act(source · scale + shift) + act(other · otherScale + otherShift)
        case sum
        /// source, read between its pixels at `positions`
        case warped
    }

    /// Formula of the values.
    package var kind = Kind.single
    /// Rows of ``source``.
    package var height: Int
    /// Columns of ``source``.
    package var width: Int
    /// Channels of ``source``, a multiple of 8.
    package var channels: Int
    /// (height, width, channels)
    package var source: UnsafePointer<Float>
    /// Scale and shift of each channel; none means as stored.
    package var scale: UnsafePointer<Float>?
    /// Summand of each channel after ``scale``; nil where ``scale`` is.
    package var shift: UnsafePointer<Float>?
    /// max(x, slope · x); 1 leaves x as it is.
    package var slope: Float = 1
    /// Second summand of a sum, of the source's size; nil for other kinds.
    package var other: UnsafePointer<Float>?
    /// Scale of each channel of ``other``; nil means as stored.
    package var otherScale: UnsafePointer<Float>?
    /// Summand of each channel of ``other`` after its scale.
    package var otherShift: UnsafePointer<Float>?
    /// Slope of ``other`` below zero; 1 leaves it as it is.
    package var otherSlope: Float = 1
    /// (height, width, 2): x then y in pixels of `source`, inside it, or at most a pixel outside of it where it is
    /// surrounded by zeros.
    package var positions: UnsafePointer<Float>?
    /// Whether a warped source is surrounded by zeros.
    package var isOverZeros = false
    /// Second place that the values are written to, if they are needed again; only with `Geometry.plain`.
    package var keep: UnsafeMutablePointer<Float>?

    /// Creates a segment that reads a tensor as it is stored.
    package init(source: UnsafePointer<Float>, height: Int, width: Int, channels: Int) {
        self.source = source
        self.height = height
        self.width = width
        self.channels = channels
    }
}

/// Arguments to write a part of one row of a segment, zeros outside of the picture.
package struct LoadRowArguments {
    /// Tensors that the row is made of.
    package var segment: Segment
    /// Relation of the row to the stored ones.
    package var geometry: Geometry
    /// Row and first column after `geometry`; both may lie outside.
    package var y: Int
    /// First column after ``geometry``; may lie outside.
    package var x: Int
    /// Pixels to write.
    package var count: Int
    /// First pixel written; the next one is `pixelStride` floats further.
    package var target: UnsafeMutablePointer<Float>
    /// Floats from one written pixel to the next.
    package var pixelStride: Int
    /// Whether this row is also written to `segment.keep`.
    package var keeps: Bool

    /// Creates the arguments from their fields.
    package init(
        segment: Segment, geometry: Geometry, y: Int, x: Int, count: Int, target: UnsafeMutablePointer<Float>,
        pixelStride: Int, keeps: Bool
    ) {
        self.segment = segment
        self.geometry = geometry
        self.y = y
        self.x = x
        self.count = count
        self.target = target
        self.pixelStride = pixelStride
        self.keeps = keeps
    }
}
