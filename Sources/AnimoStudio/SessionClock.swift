/// The time by which the daemon filters a session's motion and lets changes glide.
///
/// It is that of capture, but from a picture that was shown to the next it advances by less than the second after which
/// the daemon takes a pause for a loss, begins its filters anew and glides from what is shown: on a machine that shows
/// less than a picture a second each would begin another glide, and the head would never arrive.
struct SessionClock: Sendable {
    /// Milliseconds that a pause counts at most.
    static let longestPause = 900.0
    /// Time of the first frame; 0 would be the daemon's own time of arrival.
    static let start = 1000.0

    private var shown: (clock: Double, time: Double)?

    /// - Parameter time: of capture, in milliseconds on any clock; one that steps back, as when another driver takes
    ///   over, stands still.
    /// - Returns: milliseconds for the daemon.
    mutating func time(at time: Double) -> Double {
        guard time.isFinite else { return shown?.clock ?? Self.start }
        guard let shown else {
            self.shown = (Self.start, time)
            return Self.start
        }
        return shown.clock + min(max(0, time - shown.time), Self.longestPause)
    }

    /// A picture was shown.
    ///
    /// - Parameters:
    ///   - clock: that this told for its frame.
    ///   - time: of its frame's capture.
    mutating func show(_ clock: Double, of time: Double) {
        guard clock.isFinite, time.isFinite, clock >= shown?.clock ?? 0 else { return }
        shown = (clock, time)
    }
}
