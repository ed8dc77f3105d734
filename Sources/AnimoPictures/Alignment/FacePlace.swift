/// The known place of a face in a picture.
package enum FacePlace: Sendable, Equatable {
    /// Nothing: the picture is one of a head already.
    case centred
    /// Around the face, in pixels; it may reach beyond the picture.
    case box(Box)
    /// Points of the face, from which each crop takes what it needs.
    case landmarks(Landmarks)
}

/// Points of a face in pixels of a picture, y down; they may lie beyond it.
///
/// Five: the eye at image left, the eye at image right, the tip of the nose, the mouth's corner at image left, the one
/// at image right. Or the 68 of Multi-PIE, as most detectors number them.
package struct Landmarks: Sendable, Equatable {
    /// The points, in pixels of the picture.
    package let points: [SIMD2<Double>]

    /// Coordinates may be this large.
    static let reach = 65_536.0

    /// - Throws: `badArgument` where there are neither 5 nor 68, or one is not finite or absurd.
    package init(_ points: [SIMD2<Double>]) throws(PictureError) {
        guard points.count == 5 || points.count == 68 else {
            throw PictureError(.badArgument, "landmarks: expected 5 or 68 points, got \(points.count)")
        }
        for point in points where !(abs(point.x) <= Self.reach && abs(point.y) <= Self.reach) {
            throw PictureError(
                .badArgument,
                "landmarks: expected coordinates within ±\(Int(Self.reach)), got (\(point.x), \(point.y))")
        }
        self.points = points
    }

    /// The five: of 68, the eyes are the means of their corners.
    package var five: [SIMD2<Double>] {
        guard points.count == 68 else { return points }
        return [(points[36] + points[39]) / 2, (points[42] + points[45]) / 2, points[30], points[48], points[54]]
    }

    /// The smallest box around all points; sides may be 0.
    package var box: Box {
        let (low, high) = points.dropFirst().reduce((points[0], points[0])) {
            (pointwiseMin($0.0, $1), pointwiseMax($0.1, $1))
        }
        return Box(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y)
    }
}

/// A picture of red, green and blue in 0…1, rows packed, first row on top.
package struct FloatPicture: Sendable, Equatable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// (height, width, 3)
    package let pixels: [Float]
}
