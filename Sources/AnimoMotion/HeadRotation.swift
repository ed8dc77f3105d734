import Foundation

/// A rotation of a head as a unit quaternion in Unity's frame: left-handed, Y up, the head looks to +Z.
///
/// Angles are ours, in degrees: pitch + looks down, yaw + turns to image right, roll + tilts clockwise. The order is
/// first about Z, then X, then Y: q = Y(−yaw) · X(pitch) · Z(roll).
package struct HeadRotation: Sendable, Equatable {
    /// Component along X.
    package private(set) var x: Double
    /// Component along Y, which points up.
    package private(set) var y: Double
    /// Component along Z, to which the head looks.
    package private(set) var z: Double
    /// Real part.
    package private(set) var w: Double

    /// No rotation.
    package static let identity = HeadRotation(trustedX: 0, 0, 0, 1)

    private init(trustedX x: Double, _ y: Double, _ z: Double, _ w: Double) {
        self.x = x
        self.y = y
        self.z = z
        self.w = w
    }

    /// The rotation of a quaternion of any length; nil where a number is not finite or the length is below 10⁻³.
    package init?(x: Double, y: Double, z: Double, w: Double) {
        let length = (x * x + y * y + z * z + w * w).squareRoot()
        guard length.isFinite, length > 1e-3 else { return nil }
        self.init(trustedX: x / length, y / length, z / length, w / length)
    }

    /// - Parameters: degrees in our sense.
    package init(pitch: Double, yaw: Double, roll: Double) {
        let about = { (degrees: Double) in (sine: sin(degrees * .pi / 360), cosine: cos(degrees * .pi / 360)) }
        let (y, x, z) = (about(-yaw), about(pitch), about(roll))
        self =
            HeadRotation(trustedX: 0, y.sine, 0, y.cosine) * HeadRotation(trustedX: x.sine, 0, 0, x.cosine)
            * HeadRotation(trustedX: 0, 0, z.sine, z.cosine)
    }

    /// Degrees in our sense.
    package var angles: (pitch: Double, yaw: Double, roll: Double) {
        let degrees = 180 / Double.pi
        return (
            pitch: asin(max(-1, min(1, 2 * (w * x - y * z)))) * degrees,
            yaw: -atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y)) * degrees,
            roll: atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z)) * degrees
        )
    }

    /// The rotation back.
    package var inverse: HeadRotation { HeadRotation(trustedX: -x, -y, -z, w) }

    /// Hamilton's product: first `b`, then `a`.
    package static func * (a: HeadRotation, b: HeadRotation) -> HeadRotation {
        HeadRotation(
            trustedX: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
            a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z)
    }
}
