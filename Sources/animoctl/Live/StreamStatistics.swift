import AnimoCLI
import AnimoWire
import Synchronization

/// Statistics of a live session so far.
struct StreamStatistics: Sendable {
    /// Drivers that were read.
    var read = 0
    var rendered = 0
    var written = 0
    /// Frames that a newer one replaced, here or in the daemon.
    var dropped = 0
    var failed = 0
    /// Pictures that fold over themselves at the pasted edge.
    var folded = 0
    /// Number of times the session was lost and opened again.
    var reopened = 0
    var firstFailure: Failure?
    var times = Wire.Times()
    /// State of tracking in the picture rendered last.
    var tracking = Wire.Tracking.unspecified
    /// From a driver's last byte read to its picture's last byte written, in seconds.
    var delay = 0.0
    var delaySum = 0.0
    var longestDelay = 0.0
    var started: ContinuousClock.Instant?
    var ended: ContinuousClock.Instant?

    mutating func fail(_ failure: Failure) {
        failed += 1
        if firstFailure == nil { firstFailure = failure }
    }

    mutating func wrote(delay: Duration) {
        written += 1
        self.delay = delay.seconds
        delaySum += self.delay
        longestDelay = max(longestDelay, self.delay)
        ended = .now
    }

    var seconds: Double {
        guard let started, let ended, ended > started else { return 0 }
        return (ended - started).seconds
    }

    var picturesPerSecond: Double { seconds > 0 ? Double(rendered) / seconds : 0 }

    /// `118 of 120 frames rendered, 2 dropped, 0 failed; 23.4/s; delay 85 ms (…)`
    var line: String {
        var text = "\(rendered) of \(Quantity.count(read, "frame")) rendered, \(dropped) dropped, \(failed) failed"
        if folded > 0 { text += "; \(folded) folded at the pasted edge" }
        if reopened > 0 { text += "; opened again \(Quantity.count(reopened, "time"))" }
        if seconds > 0 { text += "; \(Quantity.fixed(picturesPerSecond, 1)) a second" }
        if written > 0 {
            text += "; delay \(Quantity.seconds(delaySum / Double(written))) mean, "
            text += "\(Quantity.seconds(longestDelay)) longest"
        }
        return text
    }

    /// The same while it goes on.
    var progress: String {
        let stages = "queue \(Quantity.microseconds(times.queue)), compute \(Quantity.microseconds(times.compute))"
        return "\(read) in, \(rendered) rendered, \(dropped) dropped, \(failed) failed; "
            + "\(Quantity.fixed(picturesPerSecond, 1))/s; delay \(Quantity.seconds(delay)) (\(stages))" + trackingWord
    }
}

extension StreamStatistics {
    /// Note on a picture without a tracked head; empty where one is tracked.
    private var trackingWord: String {
        switch tracking {
        case .unspecified, .ok: ""
        case .held: "; held"
        case .idle: "; idle"
        }
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
