import AnimoPictures

/// Faces of a picture as a tracker sees them, to be drawn on it. Pixels, the middle of the first one at (0, 0).
package struct FaceMarks: Sendable {
    /// A rectangle with a text.
    package struct Box: Sendable {
        /// Left edge.
        package var x: Double
        /// Upper edge.
        package var y: Double
        /// Extent to the right.
        package var width: Double
        /// Extent downwards.
        package var height: Double
        /// Text above it.
        package var label: String

        /// Creates a rectangle from its fields.
        package init(x: Double, y: Double, width: Double, height: Double, label: String = "") {
            (self.x, self.y, self.width, self.height, self.label) = (x, y, width, height, label)
        }
    }

    /// Rows of the detector.
    package var detections: [Box] = []
    /// The landmarks' box.
    package var face: Box?
    /// The tracker's points, each a dot.
    package var landmarks: [SIMD2<Double>] = []
    /// The points that other readers align by.
    package var points: [SIMD2<Double>] = []
    /// The square that a model wants to see.
    package var square: Box?
    /// Origin of the head's axes, and the ends of those to image right, up and to the viewer.
    package var axes: (origin: SIMD2<Double>, right: SIMD2<Double>, up: SIMD2<Double>, viewer: SIMD2<Double>)?

    /// Creates marks that show nothing.
    package init() {}
}

extension FaceMarks {
    /// Pictures are enlarged by a whole number until the longer side has this many pixels, to keep marks apart.
    private static let leastSide = 640

    private enum Colour {
        static let detection = SIMD3<Float>(255, 196, 0)
        static let face = SIMD3<Float>(0, 200, 255)
        static let landmark = SIMD3<Float>(90, 255, 120)
        static let point = SIMD3<Float>(255, 60, 160)
        static let square = SIMD3<Float>(255, 255, 255)
        static let (right, up, viewer) = (
            SIMD3<Float>(255, 60, 60), SIMD3<Float>(60, 220, 60), SIMD3<Float>(80, 120, 255)
        )
    }

    /// The picture with everything on it: detections yellow, the landmarks' box light blue, landmarks green, the points
    /// of other readers pink, the square white, axes red (to image right), green (up) and blue (to the viewer).
    package func drawn(on picture: Picture) -> Picture {
        let longer = max(picture.width, picture.height)
        let times = max(1, (Self.leastSide + longer - 1) / longer)
        var canvas = Canvas(
            width: picture.width * times, height: picture.height * times, background: SIMD3(255, 255, 255))
        canvas.draw(picture, enlarged: times)
        let scale = Double(times)
        // Thickness and text follow the picture's size.
        let pen = max(1.5, Double(longer * times) / 700)
        func place(_ point: SIMD2<Double>) -> SIMD2<Double> { (point + 0.5) * scale }
        func frame(_ box: Box, _ colour: SIMD3<Float>, _ width: Double) {
            // Numbers of a daemon are not trusted to lie near the picture.
            guard [box.x, box.y, box.width, box.height].allSatisfy({ abs($0) <= 8 * Double(longer) }) else { return }
            let (low, high) = (
                place(SIMD2(box.x, box.y)), place(SIMD2(box.x + box.width, box.y + box.height))
            )
            let corners = [low, SIMD2(high.x, low.y), high, SIMD2(low.x, high.y), low]
            for (from, to) in zip(corners, corners.dropFirst()) {
                canvas.line(from: from, to: to, width: width, colour)
            }
            guard !box.label.isEmpty else { return }
            let style = TextStyle(scale: max(1, pen.rounded(.down)), colour: colour)
            canvas.draw(box.label, x: low.x, y: low.y - style.lineHeight, style)
        }
        for detection in detections { frame(detection, Colour.detection, pen) }
        if let square { frame(square, Colour.square, pen) }
        if let face { frame(face, Colour.face, pen) }
        for point in landmarks { canvas.dot(at: place(point), radius: pen * 0.8, Colour.landmark) }
        for point in points { canvas.dot(at: place(point), radius: pen * 1.6, Colour.point) }
        if let axes {
            for (end, colour) in [
                (axes.right, Colour.right), (axes.up, Colour.up), (axes.viewer, Colour.viewer),
            ] { canvas.line(from: place(axes.origin), to: place(end), width: pen * 2, colour) }
        }
        return canvas.picture
    }
}
