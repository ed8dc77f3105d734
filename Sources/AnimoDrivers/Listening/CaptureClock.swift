import AnimoMotion

/// Times at which frames were captured: the tracker's own where it advances from frame to frame, else that of arrival.
///
/// Trackers' clocks begin anywhere and may begin again, so only their steps are taken.
package struct CaptureClock: Sendable {
    /// A tracker's step that is longer is not believed, in seconds.
    private static let longestStep = 1.0

    private var last: (capture: Double, tracker: Double?, arrival: Double)?

    /// A clock that has seen no frame.
    package init() {}

    /// - Parameters:
    ///   - tracker: seconds on the tracker's clock, where it says.
    ///   - arrival: seconds on a clock that never runs back.
    /// - Returns: seconds since the first frame; never falls.
    package mutating func capture(tracker: Double?, arrival: Double) -> Double {
        guard let last else {
            last = (0, tracker, arrival)
            return 0
        }
        var step = max(0, arrival - last.arrival)
        if let tracker, let before = last.tracker, tracker > before, tracker - before < Self.longestStep {
            step = tracker - before
        }
        self.last = (last.capture + step, tracker, arrival)
        return last.capture + step
    }
}
