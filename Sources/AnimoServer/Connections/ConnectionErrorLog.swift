import NIOCore
import Synchronization

/// Counts connections that were rejected or closed by the server, and tells of them without letting strangers fill a
/// log.
final class ConnectionErrorLog: Sendable {
    private struct Count {
        var untold: UInt64 = 0
        var toldAt: NIODeadline?
    }

    private let counters: Counters
    private let tell: @Sendable (ServerEvent) -> Void
    private let counts = Mutex<[String: Count]>([:])

    init(counters: Counters, tell: @escaping @Sendable (ServerEvent) -> Void) {
        self.counters = counters
        self.tell = tell
    }

    func note(_ reason: RefusedConnection, at now: NIODeadline = .now()) {
        counters.refusedConnection(reason)
        if let count = due("rejected \(reason)", at: now) { tell(.rejected(reason, count: count)) }
    }

    func note(_ reason: BrokenConnection, at now: NIODeadline = .now()) {
        counters.brokeConnection(reason)
        if let count = due("closed \(reason)", at: now) { tell(.closedByServer(reason, count: count)) }
    }

    /// Returns the number to report now; nil while the last report is less than a minute ago.
    private func due(_ key: String, at now: NIODeadline) -> UInt64? {
        counts.withLock { counts in
            var count = counts[key] ?? Count()
            defer { counts[key] = count }
            count.untold += 1
            if let toldAt = count.toldAt, now - toldAt < .minutes(1) { return nil }
            defer { count = Count(untold: 0, toldAt: now) }
            return count.untold
        }
    }
}
