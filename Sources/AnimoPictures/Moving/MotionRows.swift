/// Reads a source along a motion, row by row.
///
/// W(x) = source(x + fade(x) · motion(x)), bilinear, edges held (grid_sample, border).
struct MotionRows<Pixels: SourcePixels> {
    /// Pixels of the source.
    let pixels: Pixels
    /// Rectangle that is read, and its place in the square.
    let frame: MotionFrame
    /// Columns of the flow.
    let flowWidth: Int
    /// (flow height, flow width), in pixels of the picture.
    private let displacements: [SIMD2<Float>]
    private let across: BilinearAxis
    private let down: BilinearAxis
    private let heldX: [Float]
    private let heldY: [Float]

    /// Lays out the flow's displacements in pixels of the rectangle's picture.
    init(_ pixels: Pixels, _ frame: MotionFrame, _ flow: FlowGrid) {
        self.pixels = pixels
        self.frame = frame
        flowWidth = flow.width
        displacements = flow.displacements(squareWidth: frame.columns.length, squareHeight: frame.rows.length)
        across = frame.columns.bilinear(flow.width)
        down = frame.rows.bilinear(flow.height)
        heldX = frame.columns.heldBack(flow.width)
        heldY = frame.rows.heldBack(flow.height)
    }

    /// Columns of the rectangle.
    var width: Int { frame.columns.count }
    /// Rows of the rectangle.
    var height: Int { frame.rows.count }

    /// Writes the motion of each pixel of a row, in pixels, into `room.motionX` and `.motionY`.
    func carry(_ y: Int, _ room: MotionRoom) {
        let (upper, lower) = (Int(down.lower[y]) * flowWidth, Int(down.upper[y]) * flowWidth)
        let share = down.share[y]
        let line = room.line
        displacements.withUnsafeBufferPointer { grid in
            for x in 0..<flowWidth {
                line[x] = grid[upper &+ x] + (grid[lower &+ x] - grid[upper &+ x]) * share
            }
        }
        let (heldY, motionX, motionY) = (heldY[y], room.motionX, room.motionY)
        across.lower.withUnsafeBufferPointer { lower in
            across.upper.withUnsafeBufferPointer { upper in
                across.share.withUnsafeBufferPointer { share in
                    heldX.withUnsafeBufferPointer { heldX in
                        for x in 0..<width {
                            let (a, b) = (line[Int(lower[x])], line[Int(upper[x])])
                            let motion = a + (b - a) * share[x]
                            motionX[x] = motion.x + heldX[x]
                            motionY[x] = motion.y + heldY
                        }
                    }
                }
            }
        }
    }

    /// Writes the places at which the pixels of a part of a row are read, by the motion in `room`, into `room.places`.
    ///
    /// - Parameter fades: whether the motion fades towards the rectangle's edges.
    func locate(_ y: Int, _ range: Range<Int>, fades: Bool, _ room: MotionRoom) {
        let (columns, rows) = (frame.columns, frame.rows)
        let (lowY, highY) = (-Float(y), Float(rows.count - 1 - y))
        let (first, lastX) = ((rows.first + y) * frame.stride + columns.first, Float(columns.count - 1))
        let lastRow = Int32(rows.count - 1 - y)
        let stride = Int32(frame.stride)
        let (motionX, motionY, places) = (room.motionX, room.motionY, room.places)
        let fadeY = fades ? rows.fade[y] : 1
        columns.fade.withUnsafeBufferPointer { fade in
            for x in range {
                let share = fades ? fade[x] * fadeY : 1
                let own = Float(x)
                let stepX = Self.hold(motionX[x] * share, -own, lastX - own)
                let stepY = Self.hold(motionY[x] * share, lowY, highY)
                let (wholeX, wholeY) = (Self.floor(stepX), Self.floor(stepY))
                places[x] = PixelPlace(
                    upper: Int32(truncatingIfNeeded: first &+ x) &+ wholeX.index &+ wholeY.index &* stride,
                    step: wholeY.index < lastRow ? stride : 0, shareX: stepX - wholeX.value,
                    shareY: stepY - wholeY.value)
            }
        }
    }

    /// The source's level at a place.
    @inline(__always)
    func level(_ place: PixelPlace) -> SIMD4<Float> {
        let upper = Int(place.upper)
        let (a, b) = pixels.pair(upper)
        let (c, d) = pixels.pair(upper &+ Int(place.step))
        let above = a + (b - a) * place.shareX
        let below = c + (d - c) * place.shareX
        return above + (below - above) * place.shareY
    }

    @inline(__always)
    private static func hold(_ value: Float, _ low: Float, _ high: Float) -> Float {
        let above = value < low ? low : value
        return above > high ? high : above
    }

    /// The greatest whole number up to `value`, which is no larger than some millions: numbers of single precision that
    /// large have their units in their lowest bits. Nothing here is a call, so that many are computed at once.
    @inline(__always)
    private static func floor(_ value: Float) -> (index: Int32, value: Float) {
        let units: Float = 0x1.8p23
        let below = ((value - 0.5) + units) - units
        let whole = value - below >= 1 ? below + 1 : below
        return (Int32(bitPattern: (whole + units).bitPattern) &- Int32(bitPattern: units.bitPattern), whole)
    }
}

/// The four pixels that a place lies between: the upper left one, how far below the lower ones are in memory, and the
/// shares of the right and the lower ones.
struct PixelPlace {
    /// Index of the upper left pixel.
    let upper: Int32
    /// Pixels in memory to the one below; 0 in the last row.
    let step: Int32
    /// Share of the right pixels, 0…1.
    let shareX: Float
    /// Share of the lower pixels, 0…1.
    let shareY: Float
}

/// One row of everything that reading along a motion needs.
struct MotionRoom {
    /// The flow between two of its rows.
    let line: UnsafeMutablePointer<SIMD2<Float>>
    /// Motion to the right of each pixel of the row, in pixels.
    let motionX: UnsafeMutablePointer<Float>
    /// Motion down of each pixel of the row, in pixels.
    let motionY: UnsafeMutablePointer<Float>
    /// Place at which each pixel of the row is read.
    let places: UnsafeMutablePointer<PixelPlace>

    /// - Parameters:
    ///   - width: columns of the rectangle.
    ///   - flow: columns of the flow.
    init(width: Int, flow: Int) {
        line = .allocate(capacity: flow)
        line.initialize(repeating: .zero, count: flow)
        motionX = .allocate(capacity: width)
        motionX.initialize(repeating: 0, count: width)
        motionY = .allocate(capacity: width)
        motionY.initialize(repeating: 0, count: width)
        places = .allocate(capacity: width)
        places.initialize(repeating: PixelPlace(upper: 0, step: 0, shareX: 0, shareY: 0), count: width)
    }

    /// Frees the memory, once.
    func free() {
        line.deallocate()
        motionX.deallocate()
        motionY.deallocate()
        places.deallocate()
    }
}
