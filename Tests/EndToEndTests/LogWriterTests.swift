import Foundation
import Synchronization
import Testing

@testable import animod

/// Row 14: what becomes of lines that cannot be written.
struct LogWriterTests {
    /// Refuses the first lines, or holds the writer's thread up, and keeps the others.
    private final class Paper: Sendable {
        private struct State {
            var refusals: Int
            var lines: [String] = []
        }

        private let state: Mutex<State>
        let gate = DispatchSemaphore(value: 0)

        init(refusals: Int = 0) { state = Mutex(State(refusals: refusals)) }

        var lines: [String] { state.withLock { $0.lines } }

        func write(_ record: LogRecord) -> Bool {
            state.withLock { state in
                guard state.refusals == 0 else {
                    state.refusals -= 1
                    return false
                }
                state.lines.append(record.message + (record.fields["count"].map { " \($0)" } ?? ""))
                return true
            }
        }
    }

    private struct Sink: LogSink {
        let paper: Paper
        var sleeps = false

        mutating func write(_ record: LogRecord) -> Bool {
            if sleeps { paper.gate.wait() }
            sleeps = false
            return paper.write(record)
        }
    }

    @Test func whatWasLostIsToldWithTheNextLine() {
        let paper = Paper(refusals: 5)
        let writer = LogWriter(Sink(paper: paper))
        for number in 1...3 {
            writer.put(LogRecord(level: .info, message: "line \(number)"))
            writer.flush(within: .seconds(60))
        }
        // Three lines and the two notices that were tried before them.
        #expect(writer.lost == 3)
        writer.put(LogRecord(level: .info, message: "line 4"))
        writer.flush(within: .seconds(60))
        #expect(paper.lines == ["log lines could not be written 3", "line 4"])
        #expect(writer.lost == 3)
    }

    @Test func aReaderThatSleepsHoldsUpNobody() {
        let paper = Paper()
        let writer = LogWriter(Sink(paper: paper, sleeps: true))
        for number in 0..<3000 { writer.put(LogRecord(level: .info, message: "\(number)")) }
        writer.flush(within: .milliseconds(10))
        let lost = writer.lost
        #expect(lost >= 3000 - 2 * UInt64(LogWriter.limit))
        paper.gate.signal()
        writer.flush(within: .seconds(60))
        #expect(UInt64(paper.lines.count) == 3000 - lost + 1)
        #expect(paper.lines.contains("log lines could not be written \(lost)"))
    }

    @Test func aLineThatWasCutIsEndedBeforeTheNext() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        // A pipe that takes no more than a page, and does not wait.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let setPipeSize: Int32 = 1031
        let size = fcntl(ends[1], setPipeSize, 4096)
        var log = LineLog(descriptor: ends[1])
        let long = LogRecord(level: .info, message: String(repeating: "x", count: 500))
        var written = 0
        while log.write(long) { written += 1 }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let first = read(ends[0], &buffer, buffer.count)
        let isWritten = log.write(LogRecord(level: .info, message: "next"))
        #expect(isWritten)
        let second = read(ends[0], &buffer, buffer.count)
        #expect(size > 0 && first > 0 && written > 0)
        #expect(String(decoding: buffer.prefix(second), as: UTF8.self).hasSuffix(" info next\n"))
        close(ends[1])
    }
}
