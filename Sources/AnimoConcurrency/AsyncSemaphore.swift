import DequeModule
import Synchronization

/// A counting semaphore for tasks: waiting holds no thread, and permits go to the task that has waited longest.
package final class AsyncSemaphore: Sendable {
    private struct State {
        var permits: Int
        var end: (any Error)?
        var waits = 0
        var waiting: Deque<(id: Int, continuation: CheckedContinuation<Void, any Error>)> = []
    }

    private let state: Mutex<State>

    /// - Parameter permits: their number at first.
    package init(_ permits: Int) { state = Mutex(State(permits: permits)) }

    /// Waits for a permit and takes it.
    ///
    /// - Throws: the error that `finish` was called with, or `CancellationError`.
    package func wait() async throws {
        let id = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let ready: Result<Void, any Error>? = state.withLock { state in
                    if let end = state.end { return .failure(end) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.permits > 0 {
                        state.permits -= 1
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

    /// Returns permits, to those who have waited longest. A negative count is taken from those that come free.
    package func signal(_ count: Int = 1) {
        let waiters = state.withLock { state in
            state.permits += count
            let served = max(0, min(state.permits, state.waiting.count))
            state.permits -= served
            defer { state.waiting.removeFirst(served) }
            return Array(state.waiting.prefix(served))
        }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// Grants no more permits: present and future waits fail with `error`.
    package func finish(throwing error: any Error) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }
}
