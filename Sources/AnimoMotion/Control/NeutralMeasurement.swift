/// Measures a neutral: the plain mean of the states of a while, before smoothing.
struct NeutralMeasurement: Sendable {
    /// A request for a measurement.
    struct Request: Sendable, Equatable {
        /// Seconds from the next good frame on; 0 takes that frame alone.
        var duration: Double
        /// Indicates whether the eyes count. Averaged blinks would hold eyes half shut, so their neutral is 0 unless
        /// asked.
        var includesEyes: Bool
    }

    private let request: Request
    private let end: Double
    private var sum: [Double] = []
    /// Good frames that were averaged so far.
    private(set) var frames: UInt32 = 0

    /// - Parameter now: session time of the first good frame.
    init(_ request: Request, now: Double) {
        self.request = request
        end = now + request.duration
    }

    /// Collects a good frame.
    ///
    /// - Returns: the neutral with the frame that ends the while, nil before.
    mutating func collect(_ state: [Double], now: Double, _ layout: ControlLayout) -> [Double]? {
        if now <= end {
            if sum.isEmpty { sum = [Double](repeating: 0, count: state.count) }
            for index in state.indices { sum[index] += state[index] }
            frames &+= 1
        }
        guard now >= end else { return nil }
        var neutral = sum.map { $0 / Double(frames) }
        if !request.includesEyes { for index in layout.groups[.eyes] ?? [] { neutral[index] = 0 } }
        return neutral
    }
}
