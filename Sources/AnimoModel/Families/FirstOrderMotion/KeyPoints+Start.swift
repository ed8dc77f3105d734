extension KeyPoints {
    /// How different two heads' attitudes are, wherever and however large they are in their pictures: the sum of squared
    /// differences of the points, each set moved to its mean and divided by the root of its hull's area.
    ///
    /// The published demonstration chooses a film's start so, by 68 landmarks (Siarohin et al. 2019, find_best_frame).
    public func attitudeDistance(to other: KeyPoints) -> Double {
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
