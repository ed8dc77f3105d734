import Foundation

/// Angles of a head in degrees.
package struct HeadAngles: Sendable, Equatable {
    /// Positive where the head looks down.
    package var pitch: Double
    /// Positive where the head turns to image right.
    package var yaw: Double
    /// Positive where the head tilts clockwise in the picture.
    package var roll: Double

    /// Creates one from its fields.
    package init(pitch: Double, yaw: Double, roll: Double) {
        self.pitch = pitch
        self.yaw = yaw
        self.roll = roll
    }
}

/// Position and rotation of a head: from the canonical face to the camera's space in centimetres, x to image right, y
/// up, z to the viewer.
package struct HeadPose: Sendable, Equatable {
    /// Scale, rotation and shift of the canonical face's vertices.
    let similarity: Similarity

    /// The camera's vertical field of view: 63°, half of it.
    private static let halfField = tan(31.5 * Double.pi / 180)

    /// - Parameter landmarks: of a picture of that size.
    /// - Returns: nil where the points tell no rotation.
    init?(_ landmarks: FaceLandmarks, width: Int, height: Int, face: CanonicalFace) {
        let (width, height) = (Double(width), Double(height))
        let unit = 2 * Self.halfField / height
        let points = landmarks.points.prefix(CanonicalFace.count).map { point in
            SIMD3(point.x * unit - Self.halfField * width / height, Self.halfField - point.y * unit, point.z * unit)
        }
        let middle = points.reduce(0) { $0 + $1.z } / Double(points.count)
        func fit(_ points: [SIMD3<Double>]) -> Similarity? {
            Similarity(from: face.vertices, to: points, weights: face.weights)
        }
        // The points at the depth that a head of `scale` has.
        func away(_ scale: Double) -> [SIMD3<Double>] {
            points.map { point in
                let depth = (point.z - middle + 1) / scale
                return SIMD3(point.x * depth, point.y * depth, -depth)
            }
        }
        guard let first = fit(points.map { SIMD3($0.x, $0.y, -$0.z) }), first.scale > 0,
            let second = fit(away(first.scale)), second.scale > 0, let last = fit(away(first.scale * second.scale)),
            last.scale > 0
        else { return nil }
        similarity = last
    }

    /// Rows of the 4×4 matrix.
    package var matrix: [[Double]] {
        let (scale, rotation, shift) = (similarity.scale, similarity.rotation, similarity.translation)
        var rows: [[Double]] = (0..<3).map { row in
            let turned: [Double] = (0..<3).map { scale * rotation[row, $0] }
            return turned + [shift[row]]
        }
        rows.append([0, 0, 0, 1])
        return rows
    }

    /// R = Rz Ry Rx; see ``HeadAngles`` for the signs.
    package var angles: HeadAngles {
        let r = similarity.rotation
        func degrees(_ radians: Double) -> Double { radians * 180 / .pi }
        return HeadAngles(
            pitch: degrees(atan2(r[2, 1], r[2, 2])), yaw: degrees(asin(min(1, max(-1, -r[2, 0])))),
            roll: -degrees(atan2(r[1, 0], r[0, 0])))
    }
}

/// A face at rest: 468 vertices in centimetres, and the weight of each in the fit of a head's pose.
package struct CanonicalFace: Sendable, Equatable {
    /// The landmarks without those of the irises.
    static let count = 468

    /// Always ``count`` of them.
    let vertices: [SIMD3<Double>]
    /// 0 or more, one for each vertex.
    let weights: [Double]

    /// - Parameters:
    ///   - vertices: (468, 3); weights: (468), 0 or more.
    /// - Throws: ``ModelError/Code/badWeights`` where the counts are others or no vertex counts.
    init(vertices: [Float], weights: [Float]) throws(ModelError) {
        guard vertices.count == 3 * Self.count, weights.count == Self.count, weights.allSatisfy({ $0 >= 0 }),
            weights.contains(where: { $0 > 0 })
        else {
            throw ModelError(
                .badWeights,
                "canonical face: expected \(Self.count) vertices with weights of 0 or more, one above 0")
        }
        let numbers = vertices.map(Double.init)
        self.vertices = (0..<Self.count).map { (index: Int) -> SIMD3<Double> in
            SIMD3(numbers[3 * index], numbers[3 * index + 1], numbers[3 * index + 2])
        }
        self.weights = weights.map(Double.init)
    }
}
