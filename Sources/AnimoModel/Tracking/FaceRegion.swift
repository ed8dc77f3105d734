import AnimoCompute
import AnimoModelFile
import Foundation

/// Region that the mesh network reads: a rectangle of any turn, in pixels of the picture.
package struct FaceRegion: Sendable, Equatable {
    /// x, y in pixels of the picture.
    package var centre: SIMD2<Double>
    /// Length along the line of the eyes, in pixels.
    package var width: Double
    /// Length across the line of the eyes, in pixels.
    package var height: Double
    /// Clockwise, in radians.
    package var turn: Double

    /// Creates one from its fields.
    package init(centre: SIMD2<Double>, width: Double, height: Double, turn: Double) {
        self.centre = centre
        self.width = width
        self.height = height
        self.turn = turn
    }

    /// The smallest sides that are looked at, in pixels.
    private static let smallest = 16.0

    /// Around a detection: one and a half times its box, turned by the line of its eyes.
    init(_ detection: FaceDetection) {
        let eyes = detection.keypoints[1] - detection.keypoints[0]
        self.init(
            centre: detection.box.middle, width: 1.5 * detection.box.size.x, height: 1.5 * detection.box.size.y,
            turn: atan2(eyes.y, eyes.x))
    }

    /// Around landmarks: a square of one and a half times the longer side of their box, turned by the line of the eyes.
    init(_ landmarks: FaceLandmarks) {
        let side = 1.5 * landmarks.box.longer
        self.init(centre: landmarks.box.middle, width: side, height: side, turn: landmarks.turn)
    }

    /// Whether it is worth a look: finite, not tiny, not huge, its centre within the picture.
    func isUsable(width pictureWidth: Int, height pictureHeight: Int) -> Bool {
        let values = [centre.x, centre.y, width, height, turn]
        guard values.allSatisfy(\.isFinite) else { return false }
        return min(width, height) >= Self.smallest && max(width, height) <= 4 * Double(max(pictureWidth, pictureHeight))
            && centre.x >= 0 && centre.x < Double(pictureWidth) && centre.y >= 0 && centre.y < Double(pictureHeight)
    }

    /// As the mesh network reads it: 0…1, the nearest pixel outside of the picture.
    var sampled: SampledRegion {
        SampledRegion(centre: centre, width: width, height: height, turn: turn, isBordered: true, scale: 1 / 255)
    }

    /// Points of the network, (478, 3) in pixels of its input, as points of the picture; z in the same unit.
    func landmarks(_ points: [Float]) -> FaceLandmarks {
        let (cosine, sine) = (cos(turn), sin(turn))
        let side = Double(FaceMesh.side)
        return FaceLandmarks(
            (0..<(points.count / 3)).map { index in
                let u = (Double(points[3 * index]) / side - 0.5) * width
                let v = (Double(points[3 * index + 1]) / side - 0.5) * height
                return SIMD3(
                    centre.x + u * cosine - v * sine, centre.y + u * sine + v * cosine,
                    Double(points[3 * index + 2]) / side * width)
            })
    }
}
