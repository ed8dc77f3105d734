/// A session's own time, made of the times of capture that frames carry. It starts at 0 and never runs back.
struct ControlClock: Sendable {
    /// Meaning of a frame's time for the stages.
    struct Tick: Sendable, Equatable {
        /// Seconds since the frame before; 0 for the same or an earlier time, where filters stand still.
        var elapsed = 0.0
        /// Indicates whether frames were missing for more than a second or the sender's clock began anew: filters start
        /// afresh.
        var isGap = false
        /// Indicates whether the sender's clock began anew.
        var isRestart = false
    }

    /// A step of more than this in either direction is a gap, in seconds.
    static let gap = 1.0
    /// Seconds by which two times may miss their difference: more than doubles round at times since 1970, less than the
    /// microseconds in which times are given.
    static let tolerance = 0.5e-6
    /// A gap counts as at most this many seconds, which bounds what one frame can ask of ``IdleMotion``.
    static let longestGap = 3600.0

    /// Seconds since the first frame; nil before it.
    private(set) var now: Double?
    private var last = 0.0

    /// - Parameter time: seconds of capture; one that is not finite stands still.
    mutating func tick(_ time: Double) -> Tick {
        guard let now else {
            now = 0
            last = time.isFinite ? time : 0
            return Tick()
        }
        let step = time.isFinite ? time - last : 0
        let isRestart = step < -(Self.gap + Self.tolerance)
        if step > 0 || isRestart { last = time }
        let elapsed = min(max(step, 0), Self.longestGap)
        self.now = now + elapsed
        return Tick(
            elapsed: elapsed, isGap: elapsed > Self.gap + Self.tolerance || isRestart, isRestart: isRestart)
    }
}
