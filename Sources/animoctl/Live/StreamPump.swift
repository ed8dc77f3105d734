import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoWire
import Foundation
import Synchronization

/// Runs a live session between an input and a pipe.
///
///     input, on its own thread → inbox → session → outbox → writing thread → standard output
///
/// Each end has a thread of its own, so that neither waits for the other; frames in flight are bounded by permits,
/// which come back when a picture is written. A slow reader of our output therefore stalls the session and, under
/// `queue`, our input: nothing piles up, and nothing deadlocks, since no thread ever holds what another waits for.
final class StreamPump: Sendable {
    private let session: ReconnectingSession
    private let inbox: Mailbox<Item>
    private let outbox = BlockingQueue<Item.Rendered>()
    private let permits: AsyncSemaphore
    private let statistics = Mutex(StreamStatistics())
    private let framesPerSecond = Mutex<(frames: Int, seconds: Int)?>(nil)
    private let input: any StreamInput
    private let writer: StreamWriter
    private let recorder: MotionRecorder?
    private let still: @Sendable () throws -> Wire.Picture?
    private let keepsEvery: Bool
    private let timeout: Duration?
    /// Error that ended standard input; everything before it is rendered first.
    private let readingFailure = Mutex<(any Error)?>(nil)
    /// The origin of capture times.
    private let epoch = ContinuousClock.now
    /// Drivers taken and not yet answered, so that those nobody could read keep their place among the pictures.
    private let order = Mutex<[Place]>([])

    private enum Place { case sent(number: Int, time: Double), unreadable(Failure) }

    /// One driver on its way; its number is its place in the input, from 1.
    enum Item: Sendable {
        case driver(Wire.Driver?, capture: Duration?, number: Int, since: ContinuousClock.Instant)
        case unreadable(String, number: Int)

        enum Rendered: Sendable {
            case picture(Wire.Picture, since: ContinuousClock.Instant)
            /// A failed frame: the picture before it once more.
            case hold
        }
    }

    /// - Parameters:
    ///   - recorder: records rendered motion; nil for none.
    ///   - still: the unchanged source, for frames that fail before any was rendered; nil where there is none.
    ///   - keepsEvery: every driver becomes a picture (`queue`), else newer ones replace older (`latest`).
    init(
        session: ReconnectingSession, input: any StreamInput, writer: StreamWriter, recorder: MotionRecorder? = nil,
        still: @escaping @Sendable () throws -> Wire.Picture?, keepsEvery: Bool, timeout: Duration?
    ) {
        self.session = session
        self.input = input
        self.writer = writer
        self.recorder = recorder
        self.still = still
        self.keepsEvery = keepsEvery
        self.timeout = timeout
        let window = max(1, Int(session.opened.window))
        inbox = Mailbox(keepsEvery ? .queue(capacity: window) : .latest)
        permits = AsyncSemaphore(window)
    }

    /// Runs until the input ends and everything is written.
    func run() async throws {
        defer { ProgressLine.shared.clear() }
        do {
            try await input.start(into: sink)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.send() }
                group.addTask { try await self.receive() }
                group.addTask { try await self.write() }
                // The first failure ends the others.
                while try await group.next() != nil {}
            }
        } catch {
            inbox.finish()
            outbox.finish()
            throw error
        }
        if let failure = readingFailure.withLock({ $0 }) { throw failure }
    }

    /// The statistics so far.
    var summary: StreamStatistics {
        var summary = statistics.withLock { $0 }
        summary.dropped += inbox.replaced
        summary.reopened = session.reopened
        return summary
    }

    private var sink: StreamSink {
        StreamSink(
            put: { [self] item in
                let number = statistics.withLock { statistics in
                    statistics.read += 1
                    return statistics.read
                }
                switch item {
                case .driver(let driver, let capture, let since):
                    return inbox.put(.driver(driver, capture: capture, number: number, since: since))
                case .unreadable(let message): return inbox.put(.unreadable(message, number: number))
                }
            }, finish: { [self] in inbox.finish(throwing: $0) },
            tellRate: { [self] rate in framesPerSecond.withLock { $0 = rate } })
    }

    // MARK: The session

    private func send() async throws {
        while true {
            // The permit first: under `latest` the newest driver is taken when there is room for it, not before.
            try await permits.wait()
            guard let item = try await nextItem() else { break }
            switch item {
            case .unreadable(let message, let number):
                order.withLock { places in
                    places.append(.unreadable(Failure(.badData, "frame \(number): \(message)")))
                    settle(&places)
                }
            case .driver(let driver, let capture, let number, let since):
                statistics.withLock { if $0.started == nil { $0.started = .now } }
                let time = (capture ?? since - epoch).seconds
                order.withLock { $0.append(.sent(number: number, time: time)) }
                try await session.send(
                    Wire.AnimateFrame(
                        captureTime: stamp(since),
                        timeoutNano: timeout.map { Int64($0.seconds * 1e9) } ?? 0, driver: driver,
                        // 0 would mean unknown.
                        timeUs: 1 + Int64(time * 1e6)))
            }
        }
        try await session.finish()
    }

    /// The next driver, or nil at the end of what can be read.
    private func nextItem() async throws -> Item? {
        do {
            return try await inbox.next()
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            readingFailure.withLock { $0 = error }
            return nil
        }
    }

    private func receive() async throws {
        for try await result in session.results {
            order.withLock { places in
                // Results come in the order of frames, and what was never sent is settled at once.
                guard case .sent(let number, let time)? = places.first else { return }
                places.removeFirst()
                if result.outcome == .ok { recorder?.record(result, at: time) }
                take(result, number)
                settle(&places)
            }
        }
        outbox.finish()
    }

    private func take(_ result: Wire.AnimateResult, _ number: Int) {
        switch result.outcome {
        case .ok:
            let isFirstFold = statistics.withLock { statistics in
                statistics.rendered += 1
                statistics.times = result.times ?? statistics.times
                statistics.tracking = result.tracking
                if result.pasteFold > 0 { statistics.folded += 1 }
                return result.pasteFold > 0 && statistics.folded == 1
            }
            if isFirstFold {
                Terminal.note("animoctl: frame \(number): \(RenderReport.foldWarning(result.pasteFold))")
            }
            outbox.put(.picture(result.picture ?? Wire.Picture(), since: instant(result.captureTime)))
        case .dropped:
            statistics.withLock { $0.dropped += 1 }
            permits.signal()
        case .deadlineExceeded: fail(Failure(.tryAgain, Self.words(result, number, "deadline exceeded")))
        case .invalid: fail(Failure(.badData, Self.words(result, number, "invalid")))
        case .cancelled: fail(Failure(.tryAgain, Self.words(result, number, "cancelled")), quietly: true)
        case .error, .unspecified: fail(Failure(.software, Self.words(result, number, "failed")))
        }
    }

    /// Those at the front that were never sent need no answer.
    private func settle(_ places: inout [Place]) {
        while case .unreadable(let failure)? = places.first {
            places.removeFirst()
            fail(failure)
        }
    }

    private static func words(_ result: Wire.AnimateResult, _ number: Int, _ otherwise: String) -> String {
        "frame \(number): " + (result.message.isEmpty ? otherwise : result.message)
    }

    /// Handles a frame without a picture: reports the first ones, and holds the picture before where every frame
    /// counts.
    ///
    /// - Parameter quietly: the whole session ends, and says why itself.
    private func fail(_ failure: Failure, quietly: Bool = false) {
        let number = statistics.withLock { statistics in
            statistics.fail(failure)
            return statistics.failed
        }
        if number <= 5, !quietly { Terminal.note("animoctl: " + failure.message) }
        if number == 5, !quietly { Terminal.note("animoctl: further failures are only counted") }
        if keepsEvery { outbox.put(.hold) } else { permits.signal() }
    }

    /// Eight bytes that come back with the result.
    private func stamp(_ instant: ContinuousClock.Instant) -> [UInt8] {
        withUnsafeBytes(of: Int64((instant - epoch).seconds * 1e9).littleEndian) { Array($0) }
    }

    private func instant(_ stamp: [UInt8]) -> ContinuousClock.Instant {
        let nanoseconds = stamp.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return epoch + .nanoseconds(nanoseconds)
    }

    // MARK: Writing, on its own thread

    /// Waits for the writing thread, but not once the command is cancelled: it may be stuck in a full pipe.
    private func write() async throws {
        let waiting = Mutex<CheckedContinuation<Void, any Error>?>(nil)
        @Sendable func end(_ outcome: Result<Void, any Error>) {
            let continuation = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            continuation?.resume(with: outcome)
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                waiting.withLock { $0 = continuation }
                Thread.detachNewThread { [self] in
                    end(Result { if let rate = writer.rate { try writePaced(rate) } else { try writeAll() } })
                }
                if Task.isCancelled { end(.failure(CancellationError())) }
            }
        } onCancel: {
            end(.failure(CancellationError()))
        }
    }

    /// The unchanged source, for frames that fail before any was rendered; nil where there is none.
    private func opening(of writer: inout StreamWriter) throws -> [UInt8]? {
        guard let still = try still() else { return nil }
        return try writer.bytes(for: still, framesPerSecond: framesPerSecond.withLock { $0 })
    }

    private func writeAll() throws {
        var writer = writer
        // Places of frames that failed when there was nothing to show: the first picture takes them.
        var owed = 0
        while true {
            switch outbox.take() {
            case .end: return
            case .nothing: continue
            case .value(.hold):
                if let bytes = try writer.again() ?? opening(of: &writer) {
                    try Terminal.write(bytes, to: STDOUT_FILENO)
                } else {
                    owed += 1
                }
                permits.signal()
            case .value(.picture(let picture, let since)):
                let bytes = try writer.bytes(for: picture, framesPerSecond: framesPerSecond.withLock { $0 })
                try Terminal.write(bytes, to: STDOUT_FILENO)
                while owed > 0, let bytes = writer.again() {
                    try Terminal.write(bytes, to: STDOUT_FILENO)
                    owed -= 1
                }
                wrote(since)
            }
        }
    }

    /// A picture each tick: the newest, or the one before again.
    private func writePaced(_ rate: Double) throws {
        var writer = writer
        var pacer = FramePacer(rate: rate)
        var newest: (picture: Wire.Picture, since: ContinuousClock.Instant)?
        while true {
            switch outbox.take(until: pacer.due) {
            case .end:
                guard let last = newest else { return }
                try Terminal.write(
                    try writer.bytes(for: last.picture, framesPerSecond: nil), to: STDOUT_FILENO)
                wrote(last.since)
                return
            case .value(.hold):
                permits.signal()
                continue
            case .value(.picture(let picture, let since)):
                if newest != nil { permits.signal() }
                newest = (picture, since)
                guard pacer.arrived(at: .now) else { continue }
            case .nothing: break
            }
            if let newer = newest {
                let bytes = try writer.bytes(for: newer.picture, framesPerSecond: nil)
                newest = nil
                try Terminal.write(bytes, to: STDOUT_FILENO)
                wrote(newer.since)
            } else if let bytes = writer.again() {
                try Terminal.write(bytes, to: STDOUT_FILENO)
            }
            pacer.wrote(at: .now)
        }
    }

    private func wrote(_ since: ContinuousClock.Instant) {
        permits.signal()
        let line = statistics.withLock { statistics in
            statistics.wrote(delay: .now - since)
            return statistics.progress
        }
        ProgressLine.shared.show(input.status.map { "\($0); \(line)" } ?? line)
    }
}
