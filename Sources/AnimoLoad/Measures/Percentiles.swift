/// Percentiles of measured times.
package struct Percentiles: Sendable {
    private let sorted: [Double]

    /// Sorts the values.
    package init(_ values: [Double]) { sorted = values.sorted() }

    /// The smallest value that `share` of all do not exceed; 0 where there is none.
    package subscript(share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[max(0, min(sorted.count - 1, Int(rank) - 1))]
    }

    /// The largest value; 0 where there is none.
    package var largest: Double { sorted.last ?? 0 }
}
