import AnimoWire
import DequeModule
import Synchronization

/// A live session that outlives its connection, and its daemon.
///
/// When either is lost, or the daemon drains, the session is opened again wherever the address leads by then, its source
/// is put again if need be, and frames without a result are sent once more: each still gets exactly one result, in
/// order. Sessions in a row that end without a result are as many as the client's `RetryPolicy` tries.
///
/// Send and read from two tasks: `send` waits while the window is full.
public final class LastingSession: Sendable {
    /// One for each frame, in the order they were sent; ends after `finish`. For one reader.
    public let results: AsyncThrowingStream<Wire.AnimateResult, any Error>

    private let opening: Opening

    init(_ client: AnimoClient, _ held: HeldSource, _ open: Wire.AnimateOpen, timeout: Duration?) async throws {
        let opening = Opening(client, held, open, timeout: timeout)
        try await opening.open()
        self.opening = opening
        results = AsyncThrowingStream { try await opening.next() }
    }

    /// How often it was opened again.
    public var reopened: Int { opening.reopened }

    /// Sends a frame as soon as the window has room. Its `seq` is set to the next number.
    public func send(_ frame: Wire.AnimateFrame) async throws { try await opening.send(frame) }

    /// Draws otherwise from the next frame on, also after the session was opened again.
    public func change(_ options: Wire.DrawOptions) async throws { try await opening.change(options) }

    /// No more frames: results of those that were sent still come, then `results` ends.
    public func finish() async throws { try await opening.finish() }
}

extension AnimoClient {
    /// Opens a session on a held source that is opened again when it is lost; `open` says the rest.
    public func lasting(
        _ held: HeldSource, _ open: Wire.AnimateOpen = Wire.AnimateOpen(), timeout: Duration? = nil
    ) async throws -> LastingSession {
        try await LastingSession(self, held, open, timeout: timeout)
    }
}

/// The session of the moment, and what has to be said again to its successor.
private final class Opening: Sendable {
    private struct State {
        var session: AnimateSession?
        var open: Wire.AnimateOpen
        var seq: UInt64 = 0
        var unanswered: Deque<Wire.AnimateFrame> = []
        var isFinished = false
        var reopened = -1
        /// Sessions in a row that ended without a result.
        var fruitless = 0
    }

    private let client: AnimoClient
    private let held: HeldSource
    private let timeout: Duration?
    private let state: Mutex<State>
    /// Frames leave one after the other, those that are sent again before new ones.
    private let turn = Turn()

    init(_ client: AnimoClient, _ held: HeldSource, _ open: Wire.AnimateOpen, timeout: Duration?) {
        self.client = client
        self.held = held
        self.timeout = timeout
        state = Mutex(State(open: open))
    }

    var reopened: Int { state.withLock { $0.reopened } }

    func open() async throws {
        await turn.take()
        do {
            let open = state.withLock { $0.open }
            let session = try await client.animate(held, open, timeout: timeout)
            let again = state.withLock { state in
                state.session = session
                state.reopened += 1
                return state.unanswered
            }
            // The reader goes on: a frame beyond the window waits for its results.
            Task { [self] in
                for frame in again { try? await session.send(frame) }
                if state.withLock({ $0.isFinished }) { try? await session.finish() }
                turn.give()
            }
        } catch {
            turn.give()
            throw error
        }
    }

    func send(_ frame: Wire.AnimateFrame) async throws {
        await turn.take()
        defer { turn.give() }
        var frame = frame
        let session = try state.withLock { state in
            if state.isFinished { throw RPCError.sessionOver }
            state.seq += 1
            frame.seq = state.seq
            state.unanswered.append(frame)
            return state.session
        }
        do {
            try await session?.send(frame)
        } catch let error as RPCError where error.code == .unavailable || error == .sessionOver {
            // Its reader will open another and send it there.
        } catch {
            let seq = frame.seq
            state.withLock { $0.unanswered.removeAll { $0.seq == seq } }
            throw error
        }
    }

    func change(_ options: Wire.DrawOptions) async throws {
        await turn.take()
        defer { turn.give() }
        let session = state.withLock { state in
            state.open.options = options
            return state.session
        }
        do {
            try await session?.change(Wire.AnimateChange(options: options))
        } catch let error as RPCError where error.code == .unavailable {
            // The next one is opened with them.
        }
    }

    func finish() async throws {
        await turn.take()
        defer { turn.give() }
        let session = state.withLock { state in
            state.isFinished = true
            return state.session
        }
        try await session?.finish()
    }

    /// The next result, from whichever session brings it.
    func next() async throws -> Wire.AnimateResult? {
        while true {
            guard let session = state.withLock({ $0.session }) else { return nil }
            do {
                for try await output in session.outputs {
                    guard case .result(let result) = output.kind else { continue }
                    state.withLock { state in
                        state.unanswered.removeAll { $0.seq == result.seq }
                        state.fruitless = 0
                    }
                    return result
                }
                return nil
            } catch let error as RPCError where error.code == .unavailable {
                if state.withLock({ $0.isFinished && $0.unanswered.isEmpty }) { return nil }
                try await pause(after: error)
                try await open()
            }
        }
    }
}

extension Opening {
    /// At once after a session that had results; else as the client's policy says, and no more often.
    private func pause(after error: RPCError) async throws {
        if error.reason == .draining { await client.leaveConnection() }
        let tried = state.withLock { state in
            defer { state.fruitless += 1 }
            return state.fruitless
        }
        guard tried > 0 else { return }
        guard let delay = client.retry.delay(after: error, tried: tried, chance: .random(in: 0...1)) else {
            throw error
        }
        try await Task.sleep(for: delay)
    }
}

/// Lets tasks through one at a time, in the order they came.
private final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isMine { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { state in
            let next = state.waiting.popFirst()
            if next == nil { state.isTaken = false }
            return next
        }
        next?.resume()
    }
}
