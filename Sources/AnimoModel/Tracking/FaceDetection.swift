import AnimoModelFile

/// A face found by the detector, in pixels of the picture.
package struct FaceDetection: Sendable, Equatable {
    /// Confidence that there is a face, 0…1; it says nothing of how well the box fits.
    package var score: Double
    /// Rectangle around the face, along the picture's axes.
    package var box: FaceBox
    /// Eye at image left, eye at image right, nose, mouth, ear at image left, ear at image right.
    package var keypoints: [SIMD2<Double>]

    /// Creates one from its fields.
    package init(score: Double, box: FaceBox, keypoints: [SIMD2<Double>]) {
        self.score = score
        self.box = box
        self.keypoints = keypoints
    }

    /// - Parameter numbers: x, y of the box's low and high corner, then of the six points.
    init(score: Double, numbers: [Double]) {
        let points = (0..<8).map { SIMD2(numbers[2 * $0], numbers[2 * $0 + 1]) }
        self.init(score: score, box: FaceBox(low: points[0], high: points[1]), keypoints: Array(points[2...]))
    }

    /// x, y of the box's low and high corner, then of the six points.
    var numbers: [Double] { ([box.low, box.high] + keypoints).flatMap { [$0.x, $0.y] } }
}

/// A square of the picture that the detector looks at.
struct SearchSquare: Sendable, Equatable {
    /// x, y in pixels of the picture.
    var centre: SIMD2<Double>
    /// Height and width in pixels; the square may reach beyond the picture.
    var side: Double

    /// Around the whole of a picture.
    init(width: Int, height: Int) {
        self.init(centre: SIMD2(Double(width) / 2, Double(height) / 2), side: Double(max(width, height)))
    }

    /// Creates one from its fields.
    init(centre: SIMD2<Double>, side: Double) {
        self.centre = centre
        self.side = side
    }

    /// Three times a box, around its middle.
    init(around box: FaceBox) { self.init(centre: box.middle, side: 3 * box.longer) }

    /// Squares of half the picture's longer side, from edge to edge, a quarter of it apart at most; one in the middle
    /// of an axis that is not longer than a square.
    static func tiles(width: Int, height: Int) -> [SearchSquare] {
        let side = Double(max(width, height)) / 2
        func middles(_ length: Int) -> [Double] {
            let length = Double(length)
            let count = length <= side ? 1 : Int(((length - side) / (side / 2)).rounded(.up)) + 1
            if count == 1 { return [length / 2] }
            return (0..<count).map { side / 2 + Double($0) * (length - side) / Double(count - 1) }
        }
        return middles(height).flatMap { y in middles(width).map { SearchSquare(centre: SIMD2($0, y), side: side) } }
    }
}

extension FaceDetector.Output {
    /// Middles of the anchors, in parts of the input: 16×16 cells of two, then 8×8 of six, row by row.
    private static let anchors: [SIMD2<Double>] = [(16, 2), (8, 6)].flatMap { cells, each in
        (0..<(cells * cells * each)).map { index in
            let cell = index / each
            return SIMD2(Double(cell % cells) + 0.5, Double(cell / cells) + 0.5) / Double(cells)
        }
    }

    /// Rows of at least `threshold`, in the order of the anchors; none that is not finite or has no area.
    func detections(in square: SearchSquare, threshold: Double) -> [FaceDetection] {
        let side = Double(FaceDetector.side)
        return scores.enumerated().compactMap { index, logit in
            let score = sigmoid(Double(logit))
            guard score >= threshold else { return nil }
            let row = rows[(index * FaceDetector.rowCount)..<((index + 1) * FaceDetector.rowCount)].map(Double.init)
            let anchor = Self.anchors[index]
            let middle = SIMD2(row[0], row[1]) / side + anchor
            let half = SIMD2(row[2], row[3]) / side / 2
            func placed(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - 0.5) * square.side + square.centre }
            let detection = FaceDetection(
                score: score, box: FaceBox(low: placed(middle - half), high: placed(middle + half)),
                keypoints: (2..<8).map { placed(SIMD2(row[2 * $0], row[2 * $0 + 1]) / side + anchor) })
            let size = detection.box.size
            guard detection.numbers.allSatisfy(\.isFinite), size.x > 0, size.y > 0 else { return nil }
            return detection
        }
    }

    /// The best score of all, whatever the threshold.
    var best: Double { scores.reduce(0) { max($0, sigmoid(Double($1))) } }
}

extension [FaceDetection] {
    /// Boxes that overlap by more are of one face.
    static var overlap: Double { 0.5 }

    /// One detection a face, best first: what overlaps the best of those left is averaged with it by scores, and has
    /// its score (weighted non-maximum suppression).
    func suppressed() -> [FaceDetection] {
        // Equal scores keep their order.
        var left = enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
        var faces: [FaceDetection] = []
        while let best = left.first {
            var (near, far): ([FaceDetection], [FaceDetection]) = ([best], [])
            for other in left.dropFirst() {
                if other.box.overlap(best.box) > Self.overlap { near.append(other) } else { far.append(other) }
            }
            let total = near.reduce(0) { $0 + $1.score }
            var mean = [Double](repeating: 0, count: FaceDetector.rowCount)
            for one in near {
                for (place, number) in one.numbers.enumerated() { mean[place] += number * one.score }
            }
            faces.append(FaceDetection(score: best.score, numbers: mean.map { $0 / total }))
            left = far
        }
        return faces
    }
}
