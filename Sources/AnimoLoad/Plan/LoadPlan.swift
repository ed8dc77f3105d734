import AnimoWire

/// The load of one run on a daemon: sessions that all do the same at once.
package struct LoadPlan: Sendable {
    /// Each on a connection of its own.
    package var sessions: Int
    /// Times at which frames are sent.
    package var pace: Pace
    /// Treatment of frames that wait.
    package var policy: Wire.DropPolicy
    /// Frames of a session that may be without a result.
    package var window: UInt32
    /// Frames of each session that count.
    package var frames: Int
    /// Frames of each session before those that count.
    package var warmUp: Int
    /// The head that is animated.
    package var source: Wire.PutSourceRequest
    /// Sent in turn, over and over.
    package var drivers: [Wire.Driver]
    /// Format of the pictures.
    package var output: Wire.DrawOptions

    /// - Parameter policy: nil: `latest` at a rate, as cameras want it, else `queue`.
    package init(
        sessions: Int = 1, pace: Pace = .asAnswered, policy: Wire.DropPolicy? = nil, window: UInt32 = 2,
        frames: Int = 60, warmUp: Int = 3, source: Wire.PutSourceRequest, drivers: [Wire.Driver],
        output: Wire.DrawOptions = Wire.DrawOptions(format: .jpeg)
    ) {
        self.sessions = sessions
        self.pace = pace
        self.policy = policy ?? (pace == .asAnswered ? .queue : .latest)
        self.window = window
        self.frames = frames
        self.warmUp = warmUp
        self.source = source
        self.drivers = drivers
        self.output = output
    }

    /// A plan that cannot be run.
    package enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case noDrivers
        case rate(Double)
        case count(String, Int)

        /// Text for a person.
        package var description: String {
            switch self {
            case .noDrivers: "expected at least one driver"
            case .rate(let rate): "expected frames a second above 0, got \(rate)"
            case .count(let what, let count): "expected \(what) above 0, got \(count)"
            }
        }
    }

    func check() throws(Problem) {
        if drivers.isEmpty { throw .noDrivers }
        if let rate = pace.framesPerSecond, !(rate > 0 && rate.isFinite) { throw .rate(rate) }
        if sessions < 1 { throw .count("sessions", sessions) }
        if frames < 1 { throw .count("frames", frames) }
    }
}
