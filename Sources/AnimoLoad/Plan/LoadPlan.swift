import AnimoWire

/// What one run puts on a daemon: sessions that all do the same at once.
public struct LoadPlan: Sendable {
    /// Each on a connection of its own.
    public var sessions: Int
    public var pace: Pace
    public var policy: Wire.DropPolicy
    /// Frames of a session that may be without a result.
    public var window: UInt32
    /// Frames of each session that count.
    public var frames: Int
    /// Frames of each session before those that count.
    public var warmUp: Int
    public var source: Wire.PutSourceRequest
    /// Sent in turn, over and over.
    public var drivers: [Wire.Driver]
    public var output: Wire.DrawOptions

    /// - Parameter policy: nil: `latest` at a rate, as cameras want it, else `queue`.
    public init(
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

    public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case noDrivers
        case rate(Double)
        case count(String, Int)

        public var description: String {
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
