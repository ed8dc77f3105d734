extension HeadFraming {
    /// The square around a face, which may reach beyond the picture; never turned.
    package func square(around face: FaceExtent) -> HeadSquare {
        let side = face.size / share
        return HeadSquare(x: face.middle.x - x * side, y: face.middle.y - y * side, side: side)
    }

    /// One square for all frames of a clip whose frames are all known: around the median face, enlarged about it until
    /// every face's box is inside.
    ///
    /// - Returns: nil where there is no face.
    package func square(of faces: [FaceExtent]) -> HeadSquare? {
        guard let median = FaceExtent(medianOf: faces) else { return nil }
        let side = square(around: median).side
        let before = SIMD2(x, y) * side
        let after = SIMD2(1 - x, 1 - y) * side
        var growth = 1.0
        for face in faces {
            let (low, high) = ((median.middle - face.box.low) / before, (face.box.high - median.middle) / after)
            growth = max(growth, low.x, low.y, high.x, high.y)
        }
        return HeadSquare(
            x: median.middle.x - x * side * growth, y: median.middle.y - y * side * growth, side: side * growth)
    }
}

/// A square of a picture, in pixels: its upper left corner and its side.
package struct HeadSquare: Sendable, Equatable {
    /// Left edge.
    package var x: Double
    /// Upper edge.
    package var y: Double
    /// Width and height.
    package var side: Double

    /// Creates one from its fields.
    package init(x: Double, y: Double, side: Double) {
        self.x = x
        self.y = y
        self.side = side
    }

    /// Between two squares: the first at 0, the second at 1.
    package static func between(_ a: HeadSquare, _ b: HeadSquare, _ share: Double) -> HeadSquare {
        HeadSquare(
            x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share, side: a.side + (b.side - a.side) * share)
    }
}

/// Place and size of a face, for framing.
package struct FaceExtent: Sendable, Equatable {
    /// Middle of the box along the line of the eyes.
    package var middle: SIMD2<Double>
    /// Mean of that box's width and height.
    package var size: Double
    /// Along the picture's axes.
    package var box: FaceBox

    /// Creates one from its fields.
    package init(middle: SIMD2<Double>, size: Double, box: FaceBox) {
        self.middle = middle
        self.size = size
        self.box = box
    }

    /// A face whose square by a framing is known.
    package init(in square: HeadSquare, by framing: HeadFraming, box: FaceBox) {
        self.init(
            middle: SIMD2(square.x + framing.x * square.side, square.y + framing.y * square.side),
            size: square.side * framing.share, box: box)
    }

    /// Each number's median; the box is of no single face and follows the middle.
    package init?(medianOf faces: [FaceExtent]) {
        guard let first = faces.first else { return nil }
        func median(_ values: [Double]) -> Double {
            let sorted = values.sorted()
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
        middle = SIMD2(median(faces.map(\.middle.x)), median(faces.map(\.middle.y)))
        size = median(faces.map(\.size))
        box = first.box
    }
}
