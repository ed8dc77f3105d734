import AnimoConcurrency
import AnimoWire
import Synchronization

/// The current session, and the messages that its successor needs.
final class SessionReconnector: Sendable {
    private struct State {
        var session: AnimateSession?
        var replay: ReplayBuffer
        var window = 0
        var isFinished = false
        var reopened = -1
        /// Sessions in a row that ended without a result.
        var fruitless = 0
        /// Set when no more results come; the error, if any, is what they ended by.
        var end: Result<Void, any Error>?
    }

    private let client: AnimoClient
    private let held: HeldSource
    private let timeout: Duration?
    private let state: Mutex<State>
    /// Messages leave one after the other, those that are sent again before new ones.
    private let turn = AsyncSemaphore(1)
    /// Room for frames without a result. Never waited for in one's turn: the reader needs it to make room.
    private let window = AsyncSemaphore(0)

    /// - Parameter timeout: of each opening; nil for the client's own.
    init(_ client: AnimoClient, _ held: HeldSource, _ open: Wire.AnimateOpen, timeout: Duration?) {
        self.client = client
        self.held = held
        self.timeout = timeout
        state = Mutex(State(replay: ReplayBuffer(open)))
    }

    /// Number of times a session was opened after the first; -1 before that.
    var reopened: Int { state.withLock { $0.reopened } }

    /// Neutral that was measured or given last; nil where there was none.
    var neutral: Wire.Driver? { state.withLock { $0.replay.neutral } }

    /// Opens the next session and sends it every message without an answer, before new ones.
    @discardableResult
    func open() async throws -> Wire.AnimateOpened {
        try await turn.wait()
        do {
            let open = state.withLock { state in
                state.replay.dropObsolete()
                return state.replay.open
            }
            let session = try await client.animate(held, open, timeout: timeout)
            let size = Int(max(session.opened.window, 1))
            let (again, grown, former) = state.withLock { state in
                defer { (state.session, state.window) = (session, size) }
                state.reopened += 1
                return (state.replay.unanswered, size - state.window, state.session)
            }
            // Outside the lock: the last holder of a session ends its stream.
            withExtendedLifetime(former) {}
            window.signal(grown)
            // The reader goes on: a frame beyond the window waits for its results.
            Task { [self] in
                // A failure here ends with the session, and the message is sent again to the next one.
                for message in again {
                    switch message {
                    case .frame(let frame): try? await session.send(frame)
                    case .change(let change, _): try? await session.change(change)
                    }
                }
                if state.withLock({ $0.isFinished }) { try? await session.finish() }
                turn.signal()
            }
            return session.opened
        } catch {
            turn.signal()
            throw error
        }
    }

    /// Sends a frame once the window has room; where the session is lost, the next one sends it.
    func send(_ frame: Wire.AnimateFrame) async throws {
        try await window.wait()
        do {
            try await inTurn { session, replay in
                let frame = replay.number(frame)
                return { try await session?.send(frame) }
            }
        } catch {
            window.signal()
            throw error
        }
    }

    /// Sends a change and waits until the daemon has agreed.
    func change(_ change: Wire.AnimateChange) async throws {
        let answer = AsyncSemaphore(0)
        try await inTurn { session, replay in
            replay.note(change, answer: answer)
            return { try await session?.change(change) }
        }
        try await answer.wait()
    }

    /// Notes a message and sends it, as the only one at that time.
    private func inTurn(
        _ note: @Sendable (AnimateSession?, inout ReplayBuffer) -> @Sendable () async throws -> Void
    ) async throws {
        try await turn.wait()
        defer { turn.signal() }
        let send = try state.withLock { state in
            if case .failure(let error) = state.end { throw error }
            if state.isFinished || state.end != nil { throw RPCError.sessionOver }
            return note(state.session, &state.replay)
        }
        do {
            try await send()
        } catch let error as RPCError where error.code == .unavailable || error == .sessionOver {
            // The reader will open another session, and send it there.
        } catch {
            state.withLock { $0.replay.takeBack() }
            throw error
        }
    }

    /// Ends the sending half, of a session that is opened later too.
    func finish() async throws {
        if state.withLock({ $0.isFinished }) { return }
        try await turn.wait()
        defer { turn.signal() }
        let session = state.withLock { state in
            state.isFinished = true
            return state.session
        }
        try await session?.finish()
    }
}

// MARK: Reading

extension SessionReconnector {
    /// The next result, from whichever session brings it.
    func next() async throws -> Wire.AnimateResult? {
        if let end = state.withLock({ $0.end }) {
            try end.get()
            return nil
        }
        do {
            if let result = try await read() {
                window.signal()
                return result
            }
            end(.success(()))
            return nil
        } catch {
            end(.failure(error))
            throw error
        }
    }

    private func read() async throws -> Wire.AnimateResult? {
        while true {
            if let dropped = state.withLock({ $0.replay.nextDropped() }) { return dropped }
            guard let session = state.withLock({ $0.session }) else { return nil }
            do {
                for try await output in session.outputs {
                    switch output.kind {
                    case .result(let result):
                        let isAwaited = state.withLock { state in
                            state.fruitless = 0
                            return state.replay.answer(result)
                        }
                        if isAwaited { return result }
                    case .changed(let changed):
                        let answer = state.withLock { $0.replay.answer(changed) }
                        if changed.message.isEmpty {
                            answer?.signal()
                        } else {
                            answer?.finish(
                                throwing: RPCError(
                                    code: .invalidArgument, message: changed.message, detail: changed.detail))
                        }
                    case .calibrated(let calibrated): state.withLock { $0.replay.note(calibrated) }
                    default: continue
                    }
                }
                try Task.checkCancellation()
                guard state.withLock({ $0.isFinished && $0.replay.unanswered.isEmpty }) else {
                    throw RPCError.misbehaved("expected a result for every frame, got the session's end")
                }
                return nil
            } catch let error as RPCError where error.code == .unavailable {
                if state.withLock({ $0.isFinished && $0.replay.unanswered.isEmpty }) { return nil }
                try await pause(after: error)
                try await open()
            }
        }
    }

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

    /// Ends the results: fails the tasks that wait for room or an answer, and drops the messages kept for a replay.
    private func end(_ end: Result<Void, any Error>) {
        var error = RPCError.sessionOver
        if case .failure(let cause as RPCError) = end { error = cause }
        let (answers, session) = state.withLock { state in
            state.end = end
            defer { state.session = nil }
            return (state.replay.end(), state.session)
        }
        // Outside the lock: whoever waits goes on, and the last holder of a session ends its stream.
        for answer in answers { answer.finish(throwing: error) }
        withExtendedLifetime(session) {}
        window.finish(throwing: error)
        turn.finish(throwing: error)
    }
}
