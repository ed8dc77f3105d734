import AnimoCompute
import AnimoMotion

extension KeyPoints {
    /// The points that move a source as a driver has moved since an initial frame:
    /// p = a · (p_d − p_0) + p_s, J = J_d · J_0⁻¹ · J_s.
    ///
    /// - Parameter adaptsScale: movements are scaled by the heads' sizes, the roots of the points' hulls' areas; else
    ///   a is 1.
    package static func relative(
        _ driving: KeyPoints, since initial: KeyPoints, of source: KeyPoints, adaptsScale: Bool
    ) throws(PoseError) -> KeyPoints {
        guard driving.count == source.count, initial.count == source.count else {
            throw PoseError(
                .count, "key points: expected \(source.count) of each, got \(driving.count) and \(initial.count)")
        }
        let scale = adaptsScale ? (source.hullArea / initial.hullArea).squareRoot() : 1
        var values: [Float] = []
        for point in 0..<source.count {
            let place = (driving.place(point) - initial.place(point)) * Float(scale) + source.place(point)
            func matrix(_ points: KeyPoints) -> (Float, Float, Float, Float) {
                let start = 6 * point + 2
                return (
                    points.values[start], points.values[start + 1], points.values[start + 2], points.values[start + 3]
                )
            }
            let first = matrix(initial)
            let turned = product(
                product(matrix(driving), inverse2x2(first.0, first.1, first.2, first.3)), matrix(source))
            values += [place.x, place.y, turned.0, turned.1, turned.2, turned.3]
        }
        return try KeyPoints(values)
    }
}

/// The product of two matrices of 2×2, row by row.
private func product(
    _ a: (Float, Float, Float, Float), _ b: (Float, Float, Float, Float)
) -> (Float, Float, Float, Float) {
    (
        a.0 * b.0 + a.1 * b.2, a.0 * b.1 + a.1 * b.3,
        a.2 * b.0 + a.3 * b.2, a.2 * b.1 + a.3 * b.3
    )
}
