/// Indicates whether a frame had a head, told for every result.
package enum ControlTracking: String, Sendable, CaseIterable {
    /// The frame had one.
    case ok
    /// It had none, and what the last good one showed is kept.
    case held
    /// There was none for longer than that, or never.
    case idle
}

/// The state of tracking over frames.
struct TrackingPolicy: Sendable {
    /// Tracking of the newest frame; nil before the first.
    private(set) var tracking: ControlTracking?
    /// Session time of the last good frame.
    private var seen: Double?

    /// Instructions for the other stages, from a frame's tracking.
    struct Step: Sendable, Equatable {
        /// Seconds over which the change is to glide.
        var glide = 0.0
        /// Indicates whether filters start anew.
        var resetsFilters = false
    }

    /// Takes note of a frame with a head.
    ///
    /// - Parameter now: session time in seconds.
    mutating func good(now: Double, _ tick: ControlClock.Tick, _ lost: ControlOptions.Lost) -> Step {
        var step = Step()
        let away = tick.isRestart ? lost.back : now - (seen ?? 0)
        let isReturn = tracking == .held || tracking == .idle
        if tick.isGap || isReturn { step.glide = min(lost.back, away) }
        step.resetsFilters = tick.isGap || tracking != .ok
        seen = now
        tracking = .ok
        return step
    }

    /// Takes note of a frame without a head.
    ///
    /// - Parameter now: session time in seconds.
    mutating func missing(now: Double, _ lost: ControlOptions.Lost) -> Step {
        let before = tracking
        let isHeld = seen.map { now - $0 <= lost.hold + ControlClock.tolerance } ?? false
        tracking = isHeld ? .held : .idle
        let begins = tracking == .idle && (before == .ok || before == .held)
        return Step(glide: begins ? lost.ease : 0)
    }
}
