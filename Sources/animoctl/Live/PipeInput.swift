import AnimoCLI
import AnimoWire
import Foundation

/// Drivers from standard input, on a thread of its own.
struct PipeInput: StreamInput {
    /// Frames a second of a file that does not say.
    private static let usualRate = 25.0

    /// Makes the reader that cuts standard input into drivers; called on the reading thread.
    let makeReader: @Sendable () throws -> any DriverReader
    let framing: DriverFraming
    /// Whether drivers come at their own time, as from a camera, and recordings are paced to theirs.
    let isLive: Bool

    var status: String? { nil }
    func start(into sink: StreamSink) async throws {
        Thread.detachNewThread {
            do {
                try read(into: sink)
                sink.finish(nil)
            } catch {
                sink.finish(error)
            }
        }
    }

    private func read(into sink: StreamSink) throws {
        var reader = try makeReader()
        var pace = Pace(isLive: isLive)
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        // Frames that were read ahead.
        while try take(from: &reader, &pace, into: sink, { try $0.next() }) {}
        while true {
            let count = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN {
                    var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                    _ = poll(&waiting, 1, -1)
                    continue
                }
                throw Failure(.badData, "standard input cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            reader.feed(chunk[..<count])
            while try take(from: &reader, &pace, into: sink, { try $0.next() }) {}
        }
        // Drivers that the end completes, and those that only the end makes readable.
        var rest = try finish(&reader)
        while try take(from: &reader, &pace, into: sink, { _ in try rest.isEmpty ? nil : rest.removeFirst().get() }) {}
        while try take(from: &reader, &pace, into: sink, { try $0.next() }) {}
    }

    /// Drivers completed by the end of the input, or the error that it leaves.
    private func finish(_ reader: inout any DriverReader) throws -> [Result<StreamDriver, UnreadableDriver>] {
        do {
            return try reader.finish().map { .success($0) }
        } catch let unreadable as UnreadableDriver {
            return [.failure(unreadable)]
        }
    }

    /// Puts the next driver into the sink.
    ///
    /// - Returns: false where there is none yet, or the session has ended.
    private func take(
        from reader: inout any DriverReader, _ pace: inout Pace, into sink: StreamSink,
        _ next: (inout any DriverReader) throws -> StreamDriver?
    ) throws -> Bool {
        do {
            guard let driver = try next(&reader) else { return false }
            // The header that says the rate comes before the first frame.
            if let rate = reader.framesPerSecond { sink.tellRate(rate) }
            if !pace.toldOfShrinking, framing.shrinks(driver) {
                pace.toldOfShrinking = true
                Terminal.note("animoctl: the frames are too large for the daemon's and are shrunk before")
            }
            let capture = pace.capture(recorded: reader.time, rate: reader.framesPerSecond)
            return sink.put(.driver(try framing.wire(driver), capture: capture, since: .now))
        } catch let unreadable as UnreadableDriver {
            return sink.put(.unreadable(unreadable.message))
        }
    }

    /// Capture times of drivers: as recorded, or by their place in a file.
    private struct Pace {
        let isLive: Bool
        var toldOfShrinking = false
        private var number = 0
        private var start: ContinuousClock.Instant?

        init(isLive: Bool) { self.isLive = isLive }

        /// Waits until a recorded driver's time has come, where drivers come at their own time.
        mutating func capture(recorded: Double?, rate: (frames: Int, seconds: Int)?) -> Duration? {
            number += 1
            guard isLive else {
                let rate = rate.map { Double($0.frames) / Double($0.seconds) } ?? PipeInput.usualRate
                return .seconds(recorded ?? Double(number - 1) / rate)
            }
            guard let recorded else { return nil }
            let start = start ?? .now
            self.start = start
            let left = (start + .seconds(recorded) - .now).seconds
            if left > 0 { Thread.sleep(forTimeInterval: left) }
            return .seconds(recorded)
        }
    }
}
