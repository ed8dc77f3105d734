import AnimoWire
import DequeModule
import Synchronization

/// So many at a time: tasks wait for a slot, and take it in the order they came.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var end: RPCError?
        var waits = 0
        var waiting: Deque<(id: Int, continuation: CheckedContinuation<Void, any Error>)> = []
    }

    private let state: Mutex<State>

    init(_ free: Int) {
        state = Mutex(State(free: free))
    }

    /// Waits for a slot and takes it.
    ///
    /// - Throws: the error that `end` was called with, or `CancellationError`.
    func take() async throws {
        let id = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let ready: Result<Void, any Error>? = state.withLock { state in
                    if let end = state.end { return .failure(end) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Gives back so many slots, to those who have waited longest. A negative number is taken from those that come free.
    func give(_ count: Int = 1) {
        let waiters = state.withLock { state in
            state.free += count
            let served = max(0, min(state.free, state.waiting.count))
            state.free -= served
            defer { state.waiting.removeFirst(served) }
            return Array(state.waiting.prefix(served))
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// Nobody gets one any more: who waits, and who comes, fails with `error`.
    func end(_ error: RPCError) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }
}
