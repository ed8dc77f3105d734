import AnimoConcurrency
import AnimoWire
import DequeModule
import Synchronization

/// Whoever takes what comes on an open stream.
protocol StreamReceiver: AnyObject, Sendable {
    /// Takes an event of the stream, on the event loop.
    func receive(_ event: ClientStreams.Event)
    /// The stream is over, by an error or not.
    func end(_ error: RPCError?)
}

/// A message of a session from the daemon.
protocol SessionOutput: WireMessage {
    /// Indicates a frame's result, which makes room in the window.
    var isResult: Bool { get }
}

extension Wire.AnimateOutput: SessionOutput {
    /// Whether it is the result of a frame.
    var isResult: Bool { if case .result = kind { true } else { false } }
}

extension Wire.TrackOutput: SessionOutput {
    /// Whether it is the result of a picture.
    var isResult: Bool { if case .result = kind { true } else { false } }
}

/// A queue between a session's frames and the tasks that send and read: unread outputs, and the window.
///
/// A frame takes a permit of the window, which is returned when its result is read from here, so a reader
/// that falls behind slows down its own sender and nothing else.
final class SessionQueue<Output: SessionOutput>: StreamReceiver {
    private struct State {
        var outputs: Deque<Output> = []
        /// Set when nothing more comes; the error, if any, is thrown after the outputs are read.
        var end: Result<Void, RPCError>?
        var waits = 0
        var readers: [(id: Int, continuation: CheckedContinuation<Output?, any Error>)] = []
    }

    private let state = Mutex(State())
    private let window = AsyncSemaphore(0)

    // MARK: From the connection

    /// Queues a message, or ends the queue; on the event loop.
    func receive(_ event: ClientStreams.Event) {
        switch event {
        case .data(_, let body):
            do {
                add(try Output(decoding: body))
            } catch {
                end(.misbehaved(error.description))
            }
        case .response(_, let response):
            let status = response.status ?? Wire.Status()
            end(status.code == StatusCode.ok.rawValue ? nil : RPCError(status: status))
        case .ended: end(nil)
        case .failed(_, let error): end(error)
        }
    }

    private func add(_ output: Output) {
        let reader = state.withLock { state -> CheckedContinuation<Output?, any Error>? in
            if state.end != nil { return nil }
            if state.readers.isEmpty {
                state.outputs.append(output)
                return nil
            }
            return state.readers.removeFirst().continuation
        }
        reader?.resume(returning: output)
    }

    /// Ends the queue: readers get what is queued, then the error or the end; senders fail at once.
    func end(_ error: RPCError?) {
        let readers = state.withLock { state in
            if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers {
            if let error {
                reader.continuation.resume(throwing: error)
            } else {
                reader.continuation.resume(returning: nil)
            }
        }
        window.finish(throwing: error ?? .sessionOver)
    }

    // MARK: From the session

    /// The next output, or nil at the end.
    func next() async throws -> Output? {
        let id = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        let output = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready: Result<Output?, any Error>? = state.withLock { state in
                    if let output = state.outputs.popFirst() { return .success(output) }
                    switch state.end {
                    case .success: return .success(nil)
                    case .failure(let error): return .failure(error)
                    case nil: break
                    }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.readers.append((id, continuation))
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.readers.firstIndex { $0.id == id }.map { state.readers.remove(at: $0) }
            }
            reader?.continuation.resume(throwing: CancellationError())
        }
        if output?.isResult == true { makeRoom(1) }
        return output
    }

    /// Puts an output that was read too early before all others.
    func putBack(_ output: Output) { state.withLock { $0.outputs.prepend(output) } }

    /// Waits for a slot of the window and takes it.
    func waitForRoom() async throws { try await window.wait() }

    /// Returns permits, to those who have waited longest.
    func makeRoom(_ count: Int) { window.signal(count) }

    /// The error of a session that can send no more.
    func checkOpen() throws {
        if let end = state.withLock({ $0.end }) { throw end.error ?? .sessionOver }
    }
}

extension Result where Success == Void, Failure == RPCError {
    fileprivate var error: RPCError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension RPCError {
    /// CANCELLED of a session that has ended or was finished.
    static let sessionOver = RPCError(code: .cancelled, message: "the session is over")
}
