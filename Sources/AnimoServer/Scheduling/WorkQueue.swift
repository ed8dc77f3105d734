import NIOCore
import Synchronization

/// An output, and how it came about.
package struct Completion<Output: Sendable>: Sendable {
    /// Output of the work.
    package let output: Output
    /// From admission to the begin of its batch.
    package let queued: TimeAmount
    /// Time that its whole batch was computed.
    package let computed: TimeAmount
    /// Number of works that were computed together with it, itself among them.
    package let batchSize: Int
}

/// Reasons why work is not computed.
package enum SchedulerError: Error, Equatable {
    /// Not admitted: estimated seconds queued, allowed, and until a retry makes sense.
    case overloaded(queued: Double, limit: Double, retryAfter: Double)
    /// Its deadline passed while it waited.
    case deadlineExceeded
    /// The server is stopping.
    case stopped

    init<Payload>(_ refusal: Schedule<Payload>.Refusal) {
        self = .overloaded(queued: refusal.queued, limit: refusal.limit, retryAfter: refusal.retryAfter)
    }
}

/// Work that waits for threads: callers await, threads take batch after batch in the schedule's order.
///
/// Whoever takes a job out of the schedule (a thread to compute it, a deadline, a cancelled caller) answers it, so
/// every job is answered exactly once. Work that has begun is never interrupted. Answers are given outside the lock.
final class WorkQueue: Sendable {
    typealias Job = Schedule<any QueuedWork>.Job

    private struct State {
        var schedule: Schedule<any QueuedWork>
        var nextID: UInt64 = 0
        var isStopped = false
    }

    /// Handle by which a cancelled caller withdraws its job.
    private final class Ticket: Sendable {
        let isCancelled = Atomic(false)
        let id = Mutex<UInt64?>(nil)
    }

    private let state: Mutex<State>
    private let timers: any EventLoop

    /// - Parameters:
    ///   - limit: estimated seconds of work that a job may wait for.
    ///   - workers: number of batches that are computed side by side.
    init(limit: Double, workers: Int = 1, timers: any EventLoop) {
        state = Mutex(State(schedule: Schedule(limit: limit, workers: workers)))
        self.timers = timers
    }

    /// Jobs and estimated seconds that wait.
    var backlog: (jobs: Int, seconds: Double) {
        state.withLock { ($0.schedule.count, $0.schedule.queuedSeconds) }
    }

    var isEmpty: Bool { state.withLock { $0.schedule.isEmpty } }

    /// Reason why no rendering could be finished in time, whatever it is; nil where one might be. Costs next to
    /// nothing.
    func refusal(of context: SchedulingContext) -> SchedulerError? {
        let now = NIODeadline.now()
        return state.withLock { state in
            state.schedule.refusal(
                context.priority, peer: context.peer, session: context.session, deadline: context.deadline, now: now)
        }.map { context.deadline <= now ? .deadlineExceeded : SchedulerError($0) }
    }

    /// Waits for a work's turn and its output. A cancelled caller's work is withdrawn unless it has begun.
    ///
    /// - Parameter admitted: called once the work waits, on the caller's thread.
    /// - Throws: `SchedulerError`, `CancellationError`, or what the work threw.
    func run<Work: ScheduledWork>(
        _ work: Work, as context: SchedulingContext, admitted: @Sendable () -> Void
    ) async throws -> Completion<Work.Output> {
        let ticket = Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if submit(work, as: context, ticket, answering: continuation) { admitted() }
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
            if let id = ticket.id.withLock({ $0 }) { withdraw(id, because: CancellationError()) }
        }
    }

    /// The next batch, its expired jobs already answered; nil where nothing is to be computed.
    func next() -> [Job]? {
        let selection = state.withLock { $0.schedule.next(now: .now()) { $0.payload.batchLimit } }
        for job in selection.expired { job.payload.fail(SchedulerError.deadlineExceeded) }
        return selection.batch.isEmpty ? nil : selection.batch
    }

    /// Whether a batch takes so long that short work of others is let in between.
    func isLong(_ batch: [Job]) -> Bool { state.withLock { $0.schedule.isLong(batch) } }

    /// Short work to be computed in the midst of a batch that is being computed, what has expired already answered; nil
    /// where it had better wait.
    func next(in batch: [Job]) -> [Job]? {
        let selection = state.withLock { $0.schedule.interlude(in: batch, now: .now()) }
        for job in selection.expired { job.payload.fail(SchedulerError.deadlineExceeded) }
        return selection.batch.isEmpty ? nil : selection.batch
    }

    /// Computes a batch, and tells what it took before its callers are answered.
    ///
    /// - Parameters:
    ///   - outer: the batch in whose midst it is computed, where there is one.
    ///   - given: what was given to others in its own midst meanwhile, and is not its own time.
    func compute(
        _ batch: [Job], in outer: [Job]? = nil, given: () -> TimeAmount = { .zero },
        took report: (_ began: NIODeadline, _ took: TimeAmount) -> Void
    ) {
        guard let first = batch.first else { return }
        let began = NIODeadline.now()
        let answers = first.payload.compute(batch.map(\.payload))
        let ended = NIODeadline.now()
        state.withLock { state in
            if let outer {
                state.schedule.finished(batch, in: outer, began: began, now: ended)
            } else {
                state.schedule.finished(batch, now: ended)
            }
        }
        let took = ended - began - given()
        report(began, took)
        for answer in answers { answer(began, took) }
    }

    /// Answers all that waits with `stopped`, and whatever comes.
    func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            return state.schedule.removeAll()
        }
        for job in waiting { job.payload.fail(SchedulerError.stopped) }
    }

    /// Whether the work waits now; else its caller was answered.
    private func submit<Work: ScheduledWork>(
        _ work: Work, as context: SchedulingContext, _ ticket: Ticket,
        answering continuation: CheckedContinuation<Completion<Work.Output>, any Error>
    ) -> Bool {
        let now = NIODeadline.now()
        if ticket.isCancelled.load(ordering: .sequentiallyConsistent) {
            continuation.resume(throwing: CancellationError())
            return false
        }
        if context.deadline <= now {
            continuation.resume(throwing: SchedulerError.deadlineExceeded)
            return false
        }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timeout = timers.scheduleTask(deadline: context.deadline) { [self] in
            withdraw(id, because: SchedulerError.deadlineExceeded)
        }
        let queued = Queued(
            work: work, batchLimit: work.batchLimit, admitted: now, timeout: timeout, continuation: continuation)
        let job = Job(
            id: id, priority: context.priority, peer: context.peer, session: context.session, key: work.key,
            deadline: context.deadline, payload: queued)
        let refusal: SchedulerError? = state.withLock { state in
            if state.isStopped { return .stopped }
            do throws(Schedule<any QueuedWork>.Refusal) { try state.schedule.admit(job, now: now) } catch {
                return SchedulerError(error)
            }
            return nil
        }
        if let refusal {
            queued.fail(refusal)
            return false
        }
        ticket.id.withLock { $0 = id }
        if ticket.isCancelled.load(ordering: .sequentiallyConsistent) { withdraw(id, because: CancellationError()) }
        return true
    }

    private func withdraw(_ id: UInt64, because error: any Error) {
        state.withLock { $0.schedule.withdraw(id) }?.payload.fail(error)
    }
}
