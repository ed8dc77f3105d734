import AnimoWire

/// One driver of a stream, ready for the daemon, or why there is none.
enum StreamItem: Sendable {
    /// - Parameters:
    ///   - driver: nil where no head is tracked.
    ///   - capture: when it was captured, on any clock; nil where only its arrival is known.
    case driver(Wire.Driver?, capture: Duration?, since: ContinuousClock.Instant)
    case unreadable(String)
}

/// Source of a live session's drivers.
protocol StreamInput: Sendable {
    /// Begins to put drivers into `sink`, on threads of its own, until the sink refuses one.
    func start(into sink: StreamSink) async throws
    /// Text for the status line; nil for none.
    var status: String? { get }
}

/// Destination of a stream's drivers.
struct StreamSink: Sendable {
    /// Takes a driver, and waits for room where every driver counts; false once the session has ended.
    let put: @Sendable (StreamItem) -> Bool
    /// No more drivers will come.
    let finish: @Sendable ((any Error)?) -> Void
    /// Called once the input's frames a second are known.
    let tellRate: @Sendable ((frames: Int, seconds: Int)) -> Void
}
