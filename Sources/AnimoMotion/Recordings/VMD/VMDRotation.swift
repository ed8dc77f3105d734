import Foundation

/// A bone's rotation at a key, and how the way to it is eased.
struct VMDRotation: Sendable {
    /// x, y, z, w in MikuMikuDance's left-handed frame, whose models look to −Z.
    private var quaternion: SIMD4<Double>
    /// x₁, y₁, x₂, y₂ of the Bézier curve (0, 0), (x₁, y₁), (x₂, y₂), (1, 1).
    private let curve: SIMD4<Double>

    /// - Parameter bytes: four float32 of a quaternion, then 64 bytes of curves, of which 18, 7, 11 and 15 are the
    ///   rotation's, over 127. Bytes 2 and 3, which repeat two of them in old files, hold switches in newer ones.
    /// - Returns: nil where a number is not finite.
    init?(_ bytes: ArraySlice<UInt8>) {
        let curves = Array(bytes.dropFirst(16).prefix(64))
        guard curves.count == 64 else { return nil }
        var quaternion = SIMD4<Double>()
        for index in 0..<4 { quaternion[index] = Double(Float(littleEndian: bytes.dropFirst(4 * index))) }
        let length = (quaternion * quaternion).sum().squareRoot()
        guard length.isFinite else { return nil }
        self.quaternion = length > 1e-3 ? quaternion / length : SIMD4(0, 0, 0, 1)
        curve = SIMD4(Double(curves[18]), Double(curves[7]), Double(curves[11]), Double(curves[15])) / 127
    }

    /// The rotation in the frame of ``HeadRotation``, whose head looks to +Z.
    var head: HeadRotation {
        HeadRotation(x: -quaternion.x, y: quaternion.y, z: -quaternion.z, w: quaternion.w) ?? .identity
    }

    /// Slerp on the shorter way, eased by the curve of the later key.
    static func between(_ a: VMDRotation, _ b: VMDRotation, _ way: Double) -> VMDRotation {
        let u = b.eased(way)
        var result = a
        var cosine = (a.quaternion * b.quaternion).sum()
        let target = cosine < 0 ? -b.quaternion : b.quaternion
        cosine = abs(cosine)
        if cosine > 1 - 1e-9 {
            result.quaternion = a.quaternion + u * (target - a.quaternion)
        } else {
            let angle = acos(min(1, cosine))
            result.quaternion = (sin((1 - u) * angle) * a.quaternion + sin(u * angle) * target) / sin(angle)
        }
        return result
    }

    /// The curve's y where its x is `u`, by bisection.
    private func eased(_ u: Double) -> Double {
        var (low, high) = (0.0, 1.0)
        var t = 0.5
        for _ in 0..<40 {
            t = (low + high) / 2
            if Self.bezier(curve.x, curve.z, t) < u { low = t } else { high = t }
        }
        return Self.bezier(curve.y, curve.w, t)
    }

    private static func bezier(_ first: Double, _ second: Double, _ t: Double) -> Double {
        3 * (1 - t) * (1 - t) * t * first + 3 * (1 - t) * t * t * second + t * t * t
    }
}
