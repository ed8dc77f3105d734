/// Due times of a stream's pictures at a fixed rate. The caller passes the time, so nothing here reads a clock.
struct FramePacer: Sendable {
    /// Time from one picture to the next.
    let period: Duration
    /// Time at which the next is due; nil before the first.
    private(set) var due: ContinuousClock.Instant?

    init(rate: Double) { period = .seconds(1 / rate) }

    /// Takes note of a picture; the first is due at once and sets the beat.
    ///
    /// - Returns: whether it is time to write.
    mutating func arrived(at now: ContinuousClock.Instant) -> Bool {
        let due = due ?? now
        self.due = due
        return due <= now
    }

    /// Takes note of a written picture. Beats that passed while the pipe was full are skipped.
    mutating func wrote(at now: ContinuousClock.Instant) { due = due.map { max($0 + period, now) } }
}
