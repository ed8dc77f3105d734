import Synchronization

/// The tasks of one session's frames, from their admission to their result.
final class FrameTasks: Sendable {
    private enum Entry {
        case running(Task<Void, Never>)
        /// Over before its task was noted.
        case ended
    }

    private let entries = Mutex<[UInt64: Entry]>([:])

    func start(_ seq: UInt64, on codecs: CodecPool, _ body: @escaping @Sendable () async -> Void) {
        let task = Task(executorPreference: codecs) { [self] in
            await body()
            entries.withLock { entries in
                entries[seq] = if entries[seq] == nil { .ended } else { nil }
            }
        }
        entries.withLock { entries in
            entries[seq] = if entries[seq] == nil { .running(task) } else { nil }
        }
    }

    /// Cancels the frames before one that makes them obsolete.
    func cancel(before seq: UInt64) { cancel { $0 < seq } }

    func cancelAll() { cancel { _ in true } }

    /// Waits for all that were started until now.
    func waitUntilEnded() async { for task in tasks(where: { _ in true }) { await task.value } }

    private func cancel(where condition: (UInt64) -> Bool) {
        for task in tasks(where: condition) { task.cancel() }
    }

    private func tasks(where condition: (UInt64) -> Bool) -> [Task<Void, Never>] {
        entries.withLock { entries in
            entries.compactMap { seq, entry in
                guard condition(seq), case .running(let task) = entry else { return nil }
                return task
            }
        }
    }
}

/// A frame of a session whose newer frames make older ones obsolete.
struct FramePrecedence: Sendable {
    let seq: UInt64
    let gate: LatestWinsGate
    let frames: FrameTasks

    /// Waits until the frame may be decoded and read; every return is followed by one `end`.
    ///
    /// - Throws: `CancellationError` where a newer frame came.
    func begin() async throws { try await gate.begin(seq) }

    func end() { gate.end() }

    /// Older frames that wait to be rendered are obsolete; those being rendered still end in a picture.
    func supersedeOlder() { frames.cancel(before: seq) }
}
