/// Rectangle of pixels that a motion is applied to, and its place in the prepared square.
struct MotionFrame {
    /// One axis of it.
    struct Axis {
        /// First pixel of the rectangle in the picture.
        let first: Int
        /// Number of its pixels.
        let count: Int
        /// Offset of the square from the rectangle's first edge, in pixels of the picture.
        let start: Double
        /// Side of the square, in pixels of the picture.
        let length: Double
        /// 0 where nothing moves, 1 where the motion is the model's own.
        let fade: [Float]

        /// - Parameter fade: of each pixel; nil for 1 everywhere.
        init(first: Int, count: Int, start: Double, length: Double, fade: [Float]? = nil) {
            (self.first, self.count, self.start, self.length) = (first, count, start, length)
            self.fade = fade ?? [Float](repeating: 1, count: count)
        }

        /// The pixels, all next to each other, that move as the model has it.
        var unfaded: Range<Int> {
            let first = fade.firstIndex { $0 >= 1 } ?? 0
            return first..<max((fade.lastIndex { $0 >= 1 } ?? -1) + 1, first)
        }

        /// The whole of a prepared picture.
        init(whole count: Int) { self.init(first: 0, count: count, start: 0, length: Double(count)) }

        /// Each pixel between the places of a grid over the square.
        func bilinear(_ size: Int) -> BilinearAxis {
            BilinearAxis(count: count, start: -start / length, step: 1 / length, size: size)
        }

        /// Each pixel by those of a picture of the square: bicubic where it enlarges, else the mean.
        func enlarging(_ size: Int) -> AxisPlan {
            AxisPlan(
                count: count, offset: -start / length * Double(size), scale: Double(size) / length,
                visible: 0...Double(size))
        }

        /// Each pixel of a picture of the square by those of the rectangle: the mean where it shrinks, else bicubic.
        func shrinking(_ size: Int) -> AxisPlan {
            AxisPlan(
                count: size, offset: start, scale: length / Double(size), visible: 0...Double(count))
        }

        /// Distance from each pixel to the grid's own places, held at its outermost: 0 but in the outer half cells.
        func heldBack(_ size: Int) -> [Float] {
            let cell = length / Double(size)
            let (lowest, highest) = (start + cell / 2 - 0.5, start + length - cell / 2 - 0.5)
            return (0..<count).map { pixel in
                Float(min(max(Double(pixel), lowest), max(lowest, highest)) - Double(pixel))
            }
        }
    }

    /// The rectangle from left to right.
    let columns: Axis
    /// The rectangle from top to bottom.
    let rows: Axis
    /// Pixels of a row of the whole picture.
    let stride: Int
    /// Indicates whether the motion fades somewhere.
    let fades: Bool
}
