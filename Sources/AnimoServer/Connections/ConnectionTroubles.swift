import NIOCore
import Synchronization

/// Counts connections that were turned away or cut off, and tells of them without letting strangers fill a log.
final class ConnectionTroubles: Sendable {
    private struct Tally {
        var untold: UInt64 = 0
        var toldAt: NIODeadline?
    }

    private let counters: Counters
    private let tell: @Sendable (ServerEvent) -> Void
    private let tallies = Mutex<[String: Tally]>([:])

    init(counters: Counters, tell: @escaping @Sendable (ServerEvent) -> Void) {
        self.counters = counters
        self.tell = tell
    }

    func note(_ reason: RefusedConnection, at now: NIODeadline = .now()) {
        counters.refusedConnection(reason)
        if let count = due("turned away \(reason)", at: now) { tell(.turnedAway(reason, count: count)) }
    }

    func note(_ reason: BrokenConnection, at now: NIODeadline = .now()) {
        counters.brokeConnection(reason)
        if let count = due("cut off \(reason)", at: now) { tell(.cutOff(reason, count: count)) }
    }

    /// How many to tell of now; nil while the last telling is less than a minute ago.
    private func due(_ key: String, at now: NIODeadline) -> UInt64? {
        tallies.withLock { tallies in
            var tally = tallies[key] ?? Tally()
            defer { tallies[key] = tally }
            tally.untold += 1
            if let toldAt = tally.toldAt, now - toldAt < .minutes(1) { return nil }
            defer { tally = Tally(untold: 0, toldAt: now) }
            return tally.untold
        }
    }
}
