import AnimoWire
import NIOCore
import Synchronization

/// A unary call that waits for its response; whatever comes first ends it: response, deadline, cancel or
/// a lost connection.
final class PendingCall: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<[UInt8], any Error>, Scheduled<Void>?)
        case done
    }

    private let state = Mutex(State.new)

    /// False if the call is over before it began.
    func wait(with continuation: CheckedContinuation<[UInt8], any Error>) -> Bool {
        let begins = state.withLock { state in
            guard case .new = state else { return false }
            state = .waiting(continuation, nil)
            return true
        }
        if !begins { continuation.resume(throwing: CancellationError()) }
        return begins
    }

    /// Keeps the timer of the deadline, which is cancelled when the call ends.
    func expire(by timer: Scheduled<Void>) {
        let isOver = state.withLock { state in
            guard case .waiting(let continuation, _) = state else { return true }
            state = .waiting(continuation, timer)
            return false
        }
        if isOver { timer.cancel() }
    }

    /// True if this ended the call.
    @discardableResult
    func end(_ result: Result<[UInt8], any Error>) -> Bool {
        let ended = state.withLock { state in
            defer { state = .done }
            return state
        }
        switch ended {
        case .waiting(let continuation, let timer):
            timer?.cancel()
            continuation.resume(with: result)
            return true
        case .new: return true
        case .done: return false
        }
    }
}
