import Synchronization

/// Lets the frames of a `latest` session be decoded and read one at a time: of those that wait only the newest gets its
/// turn, and the one that has it is left to finish.
///
/// Without it frames that come faster than they can be decoded would all be made obsolete halfway, and none be
/// rendered.
final class LatestWinsGate: Sendable {
    private struct State: Sendable {
        var isTaken = false
        /// The newest that had its turn.
        var last: UInt64 = 0
        var waiting: (seq: UInt64, continuation: CheckedContinuation<Void, any Error>)?
    }

    private let state = Mutex(State())

    /// The frame that waits for its turn.
    var waiting: UInt64? { state.withLock { $0.waiting?.seq } }

    /// Waits for the turn of frame `seq`; every `begin` that returns is followed by one `end`.
    ///
    /// - Throws: `CancellationError` where a newer frame came, or the task is cancelled.
    func begin(_ seq: UInt64) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                typealias Answer = (CheckedContinuation<Void, any Error>, Result<Void, any Error>)
                let answer: Answer? = state.withLock { state in
                    if Task.isCancelled || seq < state.last || seq < state.waiting?.seq ?? 0 {
                        return (continuation, .failure(CancellationError()))
                    }
                    guard state.isTaken else {
                        (state.isTaken, state.last) = (true, seq)
                        return (continuation, .success(()))
                    }
                    let displaced = state.waiting
                    state.waiting = (seq, continuation)
                    return displaced.map { ($0.continuation, .failure(CancellationError())) }
                }
                if let (continuation, result) = answer { continuation.resume(with: result) }
            }
        } onCancel: {
            let withdrawn = state.withLock { state in
                guard state.waiting?.seq == seq else { return nil as CheckedContinuation<Void, any Error>? }
                defer { state.waiting = nil }
                return state.waiting?.continuation
            }
            withdrawn?.resume(throwing: CancellationError())
        }
    }

    /// Lets the one that waits have its turn.
    func end() {
        let next = state.withLock { state in
            guard let waiting = state.waiting else {
                state.isTaken = false
                return nil as CheckedContinuation<Void, any Error>?
            }
            (state.waiting, state.last) = (nil, waiting.seq)
            return waiting.continuation
        }
        next?.resume()
    }
}
