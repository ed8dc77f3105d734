import AnimoCompute

/// Key points of a head and how the picture turns and stretches around each: for each point x, y (-1…1) and the
/// Jacobian row by row.
public struct KeyPoints: Sendable, Equatable {
    /// Six for each point.
    public let values: [Float]

    /// - Throws: where the numbers are not six for each of at least three points, or not finite.
    public init(_ values: [Float]) throws(PoseError) {
        guard values.count >= 18, values.count.isMultiple(of: 6) else {
            throw PoseError(.count, "key points: expected 6 numbers for each of at least 3, got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "key points: expected finite numbers, got \(values[index]) at \(index)")
        }
        self.values = values
    }

    public var count: Int { values.count / 6 }

    public func place(_ point: Int) -> SIMD2<Float> { SIMD2(values[6 * point], values[6 * point + 1]) }

    /// The points that move a source as a driver has moved since an initial frame:
    /// p = a · (p_d − p_0) + p_s, J = J_d · J_0⁻¹ · J_s.
    ///
    /// - Parameter adaptsScale: movements are scaled by the heads' sizes, the roots of the points' hulls' areas; else
    ///   a is 1.
    public static func relative(
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

    /// The area of the points' convex hull: monotone chain (Andrew 1979), then the shoelace formula.
    public var hullArea: Double {
        let sorted = (0..<count).map { SIMD2<Double>(Double(place($0).x), Double(place($0).y)) }
            .sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func half(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
            var hull: [SIMD2<Double>] = []
            for point in points {
                while hull.count > 1 {
                    let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
                    guard (b.x - a.x) * (point.y - a.y) <= (b.y - a.y) * (point.x - a.x) else { break }
                    hull.removeLast()
                }
                hull.append(point)
            }
            return Array(hull.dropLast())
        }
        let hull = half(sorted) + half(sorted.reversed())
        var twice = 0.0
        for (index, point) in hull.enumerated() {
            let next = hull[(index + 1) % hull.count]
            twice += point.x * next.y - next.x * point.y
        }
        return abs(twice) / 2
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
