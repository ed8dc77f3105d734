import AnimoMotion
import NIOCore
import Synchronization

/// Waits, for the frames of one session, until the codes are there that their pictures are rendered from.
final class SessionTimeline: Sendable {
    private struct Waiter: Sendable {
        let seq: UInt64
        let continuation: CheckedContinuation<[DriverCode], any Error>
    }

    private struct State: Sendable {
        var timeline: CodeTimeline
        var waiters: [UInt64: Waiter] = [:]
        var next: UInt64 = 0

        /// Those whose codes have come.
        mutating func ready() -> [(Waiter, [DriverCode])] {
            waiters.compactMap { id, waiter in
                guard let codes = timeline.codes(around: waiter.seq) else { return nil }
                waiters[id] = nil
                return (waiter, codes)
            }
        }
    }

    private let state: Mutex<State>

    init(_ timeline: CodeTimeline) { state = Mutex(State(timeline: timeline)) }

    func calibrate(after seq: UInt64) { state.withLock { $0.timeline.calibrate(after: seq) } }

    /// Adds a frame's code, told against the neutral.
    func append(
        _ code: DriverCode, at seq: UInt64, relate: (_ code: DriverCode, _ neutral: DriverCode) throws -> DriverCode
    ) throws {
        let neutral = state.withLock { $0.timeline.neutral(for: code, at: seq) }
        let related = try relate(code, neutral)
        change { $0.append(related, at: seq) }
    }

    /// Counts a frame that adds no code, in its turn; one that was added stays as it is.
    func pass(_ seq: UInt64) { change { $0.pass(seq) } }

    /// No more frames will come: nobody waits any longer.
    func finish() { change { $0.finish() } }

    /// The codes of a frame's window, once they are there.
    ///
    /// - Throws: `SchedulerError.deadlineExceeded` where they do not come in time, `CancellationError`.
    func codes(around seq: UInt64, until deadline: NIODeadline) async throws -> [DriverCode] {
        try await withThrowingTaskGroup(of: [DriverCode].self) { tasks in
            tasks.addTask { try await self.waited(for: seq) }
            tasks.addTask {
                let left = max(0, (deadline - .now()).nanoseconds)
                try await Task.sleep(for: .nanoseconds(left))
                throw SchedulerError.deadlineExceeded
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? []
        }
    }

    private func waited(for seq: UInt64) async throws -> [DriverCode] {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<[DriverCode], any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let codes = state.timeline.codes(around: seq) { return .success(codes) }
                    state.waiters[id] = Waiter(seq: seq, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func change(_ step: (inout CodeTimeline) -> Void) {
        let ready = state.withLock { state in
            step(&state.timeline)
            return state.ready()
        }
        for (waiter, codes) in ready { waiter.continuation.resume(returning: codes) }
    }
}
