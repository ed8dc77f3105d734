/// Key points of a head and how the picture turns and stretches around each: for each point x, y (-1…1) and the
/// Jacobian row by row.
package struct KeyPoints: Sendable, Equatable {
    /// Six for each point.
    package let values: [Float]

    /// - Throws: where the numbers are not six for each of at least three points, or not finite.
    package init(_ values: [Float]) throws(PoseError) {
        guard values.count >= 18, values.count.isMultiple(of: 6) else {
            throw PoseError(.count, "key points: expected 6 numbers for each of at least 3, got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "key points: expected finite numbers, got \(values[index]) at \(index)")
        }
        self.values = values
    }

    /// Number of points.
    package var count: Int { values.count / 6 }

    /// Position of a point in the networks' coordinates, −1…1.
    package func place(_ point: Int) -> SIMD2<Float> { SIMD2(values[6 * point], values[6 * point + 1]) }

    /// The area of the points' convex hull: monotone chain (Andrew 1979), then the shoelace formula.
    package var hullArea: Double {
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

extension KeyPoints {
    /// Difference of two heads' attitudes, wherever and however large they are in their pictures: the sum of squared
    /// differences of the points, each set moved to its mean and divided by the root of its hull's area.
    ///
    /// The published demonstration chooses a film's start so, by 68 landmarks (Siarohin et al. 2019, find_best_frame).
    package func attitudeDistance(to other: KeyPoints) -> Double {
        guard count == other.count else { return .infinity }
        return zip(normalised, other.normalised).reduce(0) { sum, pair in
            let step = pair.0 - pair.1
            return sum + step.x * step.x + step.y * step.y
        }
    }

    private var normalised: [SIMD2<Double>] {
        let points = (0..<count).map { SIMD2<Double>(Double(place($0).x), Double(place($0).y)) }
        let mean = points.reduce(SIMD2<Double>(), +) / Double(count)
        let size = max(hullArea.squareRoot(), 1e-6)
        return points.map { ($0 - mean) / size }
    }
}
