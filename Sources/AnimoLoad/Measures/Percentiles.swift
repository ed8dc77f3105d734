/// Percentiles of measured times.
public struct Percentiles: Sendable {
    private let sorted: [Double]

    public init(_ values: [Double]) { sorted = values.sorted() }

    /// The smallest value that `share` of all do not exceed; 0 where there is none.
    public subscript(share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[max(0, min(sorted.count - 1, Int(rank) - 1))]
    }

    public var largest: Double { sorted.last ?? 0 }
}
