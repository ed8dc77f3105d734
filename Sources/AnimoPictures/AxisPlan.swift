/// Resampling of one axis of a picture, pixel by pixel: the same for all rows, or all columns.
///
/// Shrinking averages over the pixel's footprint (area), enlarging interpolates (Keys' cubic with a = −½). A pixel that
/// coincides with one of the source takes it with weight 1 exactly.
struct AxisPlan {
    /// First source pixel of each target pixel.
    private(set) var first: [Int] = []
    /// Source pixels each target pixel is made of.
    private(set) var taps: [Int] = []
    /// (target, `stride`) weights, each row summing to 1.
    private(set) var weights: [Float] = []
    /// Part of each target pixel that the source covers, 0 … 1.
    private(set) var coverage: [Float] = []
    /// Weights reserved for each target, the most that any has.
    let stride: Int
    /// Source pixels that any target pixel needs.
    private(set) var range = 0..<0

    /// - Parameters:
    ///   - count: target pixels.
    ///   - offset: where target 0 begins, in source pixels.
    ///   - scale: source pixels a target pixel; target i covers offset + i · scale … offset + (i + 1) · scale.
    ///   - visible: part of the source that may be used, in source pixels.
    init(count: Int, offset: Double, scale: Double, visible: ClosedRange<Double>) {
        stride = scale >= 1 ? Int(scale.rounded(.up)) + 2 : 4
        let lowest = Int(visible.lowerBound.rounded(.down))
        let highest = max(Int(visible.upperBound.rounded(.up)) - 1, lowest)
        var row = [Float](repeating: 0, count: stride)
        for i in 0..<count {
            let from = offset + Double(i) * scale
            let lower = max(from, visible.lowerBound)
            let upper = min(from + scale, visible.upperBound)
            let share = (upper - lower) / scale
            coverage.append(share > 1 - 1e-6 ? 1 : Float(max(share, 0)))
            for tap in 0..<stride { row[tap] = 0 }
            var begin = 0
            if upper - lower < 1e-6 {
                begin = min(max(Int((from + scale / 2).rounded(.down)), lowest), highest)
                row[0] = 1
            } else if scale >= 1 {
                begin = Self.area(from: lower, to: upper, lowest, highest, &row)
            } else {
                begin = Self.cubic(at: from + scale / 2, lowest, highest, &row)
            }
            let used = (row.lastIndex { $0 != 0 } ?? 0) + 1
            first.append(begin)
            taps.append(used)
            weights.append(contentsOf: row)
            range =
                range.isEmpty
                ? begin..<(begin + used) : min(range.lowerBound, begin)..<max(range.upperBound, begin + used)
        }
    }

    /// Weights by overlap with `from … to`; returns the first pixel.
    private static func area(
        from: Double, to: Double, _ lowest: Int, _ highest: Int, _ row: inout [Float]
    ) -> Int {
        let begin = min(max(Int((from + 1e-6).rounded(.down)), lowest), highest)
        let end = min(max(Int((to - 1e-6).rounded(.up)), begin + 1), highest + 1)
        var overlaps = (begin..<end).prefix(row.count).map { pixel in
            max(min(to, Double(pixel + 1)) - max(from, Double(pixel)), 0)
        }
        let sum = overlaps.reduce(0, +)
        if overlaps.count == 1 || sum <= 0 { overlaps = [sum > 0 ? sum : 1] }
        for (tap, overlap) in overlaps.enumerated() {
            row[tap] = overlaps.count == 1 ? 1 : Float(overlap / sum)
        }
        return begin
    }

    /// Weights of the four pixels around the centre `at`, those beyond the source given to its outermost.
    private static func cubic(at: Double, _ lowest: Int, _ highest: Int, _ row: inout [Float]) -> Int {
        let place = at - 0.5
        let base = Int(place.rounded(.down))
        let begin = min(max(base - 1, lowest), highest)
        var sums = [Double](repeating: 0, count: 4)
        for pixel in (base - 1)...(base + 2) {
            sums[min(max(pixel, lowest), highest) - begin] += keys(abs(place - Double(pixel)))
        }
        for tap in 0..<4 { row[tap] = Float(abs(sums[tap]) < 1e-9 ? 0 : sums[tap]) }
        return begin
    }

    /// Keys' cubic convolution kernel, a = −½ (IEEE Trans. ASSP 29, 1981).
    private static func keys(_ d: Double) -> Double {
        if d < 1 { return (1.5 * d - 2.5) * d * d + 1 }
        if d < 2 { return ((-0.5 * d + 2.5) * d - 4) * d + 2 }
        return 0
    }
}
