/// The measured number of sessions at one rate that a daemon holds.
package struct Capacity: Sendable {
    /// Rate of each session.
    package let framesPerSecond: Double
    /// Largest number of sessions that fits.
    package let sessions: Int
    /// All runs of the search, in their order.
    package let tried: [LoadSummary]

    /// The largest number of sessions that was asked for; there may be room for more.
    package static let limit = 64
    /// Duration of each run.
    package static let seconds = 4.0

    /// Measures with short runs of sessions like the plan's. A number that does not fit is tried once more before it is
    /// given up, since a busy machine may spoil a run.
    ///
    /// - Parameters:
    ///   - guess: where to begin, for instance throughput / rate.
    ///   - measure: runs a plan.
    package static func measure(
        _ plan: LoadPlan, framesPerSecond: Double, guess: Int, rule: CapacityRule = CapacityRule(),
        limit: Int = limit, measure: (LoadPlan) async throws -> LoadSummary
    ) async rethrows -> Capacity {
        var plan = plan
        plan.pace = .at(framesPerSecond: framesPerSecond)
        plan.policy = .latest
        plan.window = max(plan.window, 4)
        plan.frames = max(40, Int((seconds * framesPerSecond).rounded(.up)))
        plan.warmUp = Int(framesPerSecond.rounded(.up)) / 2
        var tried: [LoadSummary] = []
        let most = try await CapacitySearch.largest(from: guess, limit: limit) { sessions in
            plan.sessions = sessions
            for _ in 0..<2 {
                let run = try await measure(plan)
                tried.append(run)
                if rule.fits(run) { return true }
            }
            return false
        }
        return Capacity(framesPerSecond: framesPerSecond, sessions: most, tried: tried)
    }
}
