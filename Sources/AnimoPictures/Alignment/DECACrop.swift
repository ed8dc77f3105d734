/// The crop that DECA's encoder reads: a square around the face, 224×224 numbers that are never rounded to bytes.
package enum DECACrop {
    /// Side of the cropped frame, in pixels.
    package static let side = 224
    /// Sizes of the face beside the landmarks' box, and of the square beside the face.
    private static let (face, margin) = (1.1, 1.25)

    /// A square of a picture, in pixels.
    package struct Square: Sendable, Equatable {
        /// Centre of the box, in pixels of the picture.
        package var centre: SIMD2<Double>
        /// Side of the box, in pixels of the picture.
        package var side: Int
    }

    /// The square around a face.
    ///
    /// Without a face the published code takes the picture, its height and width exchanged.
    /// - Throws: `badArgument` for a box that holds nothing or is absurd.
    package static func square(_ place: FacePlace, in picture: Picture) throws(PictureError) -> Square {
        let box =
            switch place {
            case .landmarks(let landmarks): landmarks.box
            case .box(let box): box
            case .centred:
                Box(x: 0, y: 0, width: Double(picture.height - 1), height: Double(picture.width - 1))
            }
        let size = (box.width + box.height) / 2 * face
        let most = Crop.reach * Double(max(picture.width, picture.height))
        guard size * margin >= 1, size * margin <= max(most, 2), box.x.isFinite, box.y.isFinite else {
            throw PictureError(
                .badArgument, "face box: expected sides of 1 to \(most) pixels, got \(box.width)×\(box.height)")
        }
        return Square(
            centre: SIMD2(box.x + box.width - box.width / 2, box.y + box.height - box.height / 2),
            side: Int(size * margin))
    }

    /// Crops a picture, over white: pixel i lies at centre − side/2 + i · side/223, read bilinearly; a corner beyond
    /// the picture counts as black. Nothing is smoothed when shrinking.
    package static func crop(_ picture: Picture, _ place: FacePlace) throws(PictureError) -> FloatPicture {
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be cropped")
        }
        let square = try square(place, in: picture)
        let columns = taps(square.centre.x, square.side, of: picture.width)
        let rows = taps(square.centre.y, square.side, of: picture.height)
        let flat = picture.overWhite()
        var pixels: [Float] = []
        pixels.reserveCapacity(side * side * 3)
        for row in rows {
            for column in columns {
                for c in 0..<3 {
                    func value(_ y: Int, _ x: Int) -> Double {
                        Double(flat.pixels[(y * flat.width + x) * 3 + c]) / 255
                    }
                    let upper = value(row.low, column.low) * column.first + value(row.low, column.high) * column.second
                    let lower =
                        value(row.high, column.low) * column.first + value(row.high, column.high) * column.second
                    pixels.append(Float(min(max(upper * row.first + lower * row.second, 0), 1)))
                }
            }
        }
        return FloatPicture(width: side, height: side, pixels: pixels)
    }

    /// The two pixels of an axis that a crop's pixel lies between, and their weights.
    private struct Taps {
        let low: Int
        let high: Int
        let first: Double
        let second: Double
    }

    private static func taps(_ centre: Double, _ side: Int, of count: Int) -> [Taps] {
        let step = Double(side) / Double(Self.side - 1)
        return (0..<Self.side).map { index in
            let place = centre - Double(side) / 2 + Double(index) * step
            let bounded = min(max(place, -2), Double(count) + 1)
            let low = bounded.rounded(.down)
            let share = bounded - low
            let (a, b) = (Int(low), Int(bounded.rounded(.up)))
            func inside(_ pixel: Int) -> Bool { pixel >= 0 && pixel < count }
            return Taps(
                low: min(max(a, 0), count - 1), high: min(max(b, 0), count - 1), first: inside(a) ? 1 - share : 0,
                second: inside(b) ? share : 0)
        }
    }
}
