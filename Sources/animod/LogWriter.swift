import AnimoConcurrency
import Foundation
import Logging

/// One entry of the log.
struct LogRecord: Sendable {
    var time = Date.now
    let level: Logger.Level
    let message: String
    var fields = Logger.Metadata()
}

/// Destination of records. Used by one thread.
protocol LogSink: Sendable {
    /// Returns whether it was written.
    mutating func write(_ record: LogRecord) -> Bool
}

/// Writes records on a thread of its own, so that a full disk, a reader that went away or one that sleeps costs lines
/// and blocks nobody. Lost lines are counted, and reported as soon as a line can be written again.
final class LogWriter: Sendable {
    private struct State {
        var waiting: [LogRecord] = []
        var isWriting = false
        var lost: UInt64 = 0
        var untold: UInt64 = 0

        mutating func loseOne() {
            lost += 1
            untold += 1
        }
    }

    /// Records that wait for a slow reader; those beyond are lost.
    static let limit = 1024
    private let condition = MonotonicCondition()
    /// Guarded by `condition`.
    private nonisolated(unsafe) var state = State()

    init(_ sink: some LogSink) {
        let thread = Thread { [self] in
            try? "log".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
            var sink = sink
            while true { write(next(), to: &sink) }
        }
        thread.start()
    }

    /// Records that could not be written.
    var lost: UInt64 { locked { $0.lost } }

    func put(_ record: LogRecord) {
        locked { state in
            if state.waiting.count < Self.limit { state.waiting.append(record) } else { state.loseOne() }
        }
    }

    /// Waits until all is written, but not for long.
    func flush(within limit: Duration = .seconds(1)) {
        let deadline = ContinuousClock.now + limit
        condition.withLock {
            while state.isWriting || !state.waiting.isEmpty, condition.wait(until: deadline) {}
        }
    }

    private func locked<Value>(_ body: (inout State) -> Value) -> Value {
        condition.withLock {
            defer { condition.broadcast() }
            return body(&state)
        }
    }

    // MARK: On the thread

    private func next() -> [LogRecord] {
        condition.withLock {
            state.isWriting = false
            condition.broadcast()
            while state.waiting.isEmpty { _ = condition.wait(until: nil) }
            state.isWriting = true
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func write(_ records: [LogRecord], to sink: inout some LogSink) {
        for record in records {
            let untold = locked { $0.untold }
            if untold > 0 {
                let notice = LogRecord(
                    level: .warning, message: "log lines could not be written", fields: ["count": "\(untold)"])
                if sink.write(notice) { locked { $0.untold -= untold } }
            }
            if !sink.write(record) { locked { $0.loseOne() } }
        }
    }
}

/// Hands what is logged to the writer.
struct DaemonLog: LogHandler {
    let writer: LogWriter
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(writer: LogWriter) { self.writer = writer }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        writer.put(
            LogRecord(
                level: event.level, message: "\(event.message)", fields: metadata.merging(event.metadata ?? [:]) { $1 })
        )
    }
}
