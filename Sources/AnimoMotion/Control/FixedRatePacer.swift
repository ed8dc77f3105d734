/// Chooses the result that goes out at each tick of a fixed rate, so that a camera's rate does not depend on
/// the model's. The first tick falls when the first result is ready.
package struct FixedRatePacer: Sendable {
    /// Seconds between two ticks.
    package let interval: Double
    private var start: Double?
    private var ticks = 0
    /// Number of results that were ready at the tick before.
    private var last = 0

    /// - Parameter rate: ticks a second, above 0.
    package init(rate: Double) { interval = 1 / rate }

    /// The time of the next tick; nil before the first result.
    package var next: Double? { start.map { $0 + Double(ticks) * interval } }

    /// A result became ready.
    package mutating func ready(at time: Double) { if start == nil { start = time } }

    /// The tick that is due.
    ///
    /// - Parameter count: how many results have become ready so far.
    /// - Returns: whether the newest one went out before, or nil where there is none yet.
    package mutating func tick(readyCount count: Int) -> Bool? {
        guard start != nil, count > 0 else { return nil }
        let isRepeated = count == last
        last = count
        ticks += 1
        return isRepeated
    }
}
