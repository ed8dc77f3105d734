/// The line that fits measurements best, by least squares.
package struct TrendLine: Sendable, Equatable {
    /// Σ (x − x̄)(y − ȳ) / Σ (x − x̄)²; 0 where x does not vary.
    package let slope: Double

    /// Fits a line to points.
    package init(_ points: [(x: Double, y: Double)]) {
        let count = Double(max(points.count, 1))
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let covariance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
        let variance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        slope = variance > 0 ? covariance / variance : 0
    }
}
