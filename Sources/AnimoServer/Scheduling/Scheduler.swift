import AnimoCompute
import Foundation
import NIOCore
import Synchronization

/// Owns the engine thread, which computes batch after batch in the schedule's order, and short work of others in the
/// midst of a long one.
package final class Scheduler: Sendable {
    private struct Signs {
        var isStopped = false
        var busySince: NIODeadline?
        /// Since when there is work, or a probe, that the thread has not seen.
        var unseenSince: NIODeadline?
    }

    private let condition = NSCondition()
    /// Guarded by `condition`.
    private nonisolated(unsafe) var signs = Signs()
    private let queue: WorkQueue
    private let timers: any EventLoop
    private let counters: Counters

    /// Starts the engine thread.
    ///
    /// - Parameters:
    ///   - queueSeconds: estimated seconds of compute that a job may wait for.
    ///   - timers: at which deadlines of waiting jobs pass.
    ///   - counters: told of every batch.
    package init(queueSeconds: Double, timers: any EventLoop, counters: Counters) {
        queue = WorkQueue(limit: queueSeconds, timers: timers)
        self.timers = timers
        self.counters = counters
        let thread = Thread { [self] in computeUntilStopped() }
        thread.stackSize = 16 << 20
        thread.start()
    }

    /// Jobs and estimated seconds that wait.
    package var backlog: (jobs: Int, seconds: Double) { queue.backlog }

    /// For how long the engine thread has given no sign of life at `now`: it computes one batch, or has not looked at
    /// work that waits or at a probe. Zero when it is idle.
    package func stallDuration(at now: NIODeadline = .now()) -> TimeAmount {
        locked { signs in (signs.busySince ?? signs.unseenSince).map { now - $0 } ?? .zero }
    }

    /// Asks for a sign of life: the stall grows from now on, unless the engine thread wakes and sees it.
    ///
    /// Returns when the event loop, without which nothing is served, has come round.
    package func probe() async {
        wake()
        try? await timers.submit {}.get()
    }

    /// Reason why no rendering could be finished in time, whatever it is; nil where one might be. Costs next to
    /// nothing.
    func refusal(of context: SchedulingContext) -> SchedulerError? { queue.refusal(of: context) }

    /// Waits for a work's turn and its output. A cancelled caller's work is withdrawn unless it has begun.
    ///
    /// - Throws: `SchedulerError`, `CancellationError`, or what the engine threw.
    package func run<Work: ScheduledWork>(
        _ work: Work, as context: SchedulingContext
    ) async throws -> Completion<Work.Output> {
        try await queue.run(work, as: context) { wake() }
    }

    /// Answers all that waits with `stopped` and ends the engine thread after the batch in hand.
    package func stop() {
        queue.stop()
        locked { $0.isStopped = true }
        wake()
    }

    /// Lets the engine thread look.
    private func wake() {
        condition.lock()
        signs.unseenSince = signs.unseenSince ?? .now()
        condition.signal()
        condition.unlock()
    }

    private func locked<Value>(_ body: (inout Signs) -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body(&signs)
    }

    // MARK: On the engine thread

    private func computeUntilStopped() {
        // As `top -H` shows it; a name given to Foundation's Thread before it runs is lost.
        try? "engine".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
        while waitForWork() {
            guard let batch = queue.next() else { continue }
            guard queue.isLong(batch) else {
                compute(batch)
                continue
            }
            let given = Mutex(TimeAmount.zero)
            let interlude = Interlude { [self] in
                guard let short = queue.next(in: batch) else { return }
                let took = compute(short, in: batch)
                given.withLock { $0 = $0 + took }
            }
            interlude.offered { _ = compute(batch) { given.withLock { $0 } } }
        }
    }

    /// - Returns: what it took.
    @discardableResult
    private func compute(
        _ batch: [WorkQueue.Job], in outer: [WorkQueue.Job]? = nil, given: () -> TimeAmount = { .zero }
    ) -> TimeAmount {
        guard let first = batch.first else { return .zero }
        locked { $0.busySince = .now() }
        var total = TimeAmount.zero
        queue.compute(batch, in: outer, given: given) { began, took in
            // In the midst of another batch that goes on from here.
            locked { $0.busySince = outer == nil ? nil : .now() }
            counters.computed(
                first.key, batchSize: batch.count, took: took, waited: batch.map { began - $0.payload.admitted })
            total = took
        }
        return total
    }

    /// - Returns: false once it is stopped.
    private func waitForWork() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty {
            signs.unseenSince = nil
            if signs.isStopped { return false }
            condition.wait()
        }
        signs.unseenSince = nil
        return true
    }
}
