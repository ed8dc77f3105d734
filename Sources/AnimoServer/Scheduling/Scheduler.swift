import AnimoModel
import AnimoMotion
import Foundation
import NIOCore
import Synchronization

/// One thing an engine is asked to do.
package enum EngineTask: Sendable {
    case prepare(SourceImages, Domain)
    case read(FrameImage, HeadReader)
    case draw(DrawTask)
    case verify
    case warmUp
}

/// What came of it, in the same order of cases.
package enum EngineResult: Sendable {
    case prepared(any PreparedHead)
    case read(DriverNumbers)
    case drawn(Drawn)
    case verified([VerifyStage])
    case warmedUp
}

package struct Completion: Sendable {
    package let result: EngineResult
    package let queued: TimeAmount
    package let computed: TimeAmount
    package let batchSize: Int
}

/// Where a job stands in the order of work.
package struct Standing: Sendable {
    package var priority: Priority
    package var peer: UInt64
    package var session: UInt64
    package var deadline: NIODeadline

    package init(priority: Priority, peer: UInt64, session: UInt64, deadline: NIODeadline) {
        self.priority = priority
        self.peer = peer
        self.session = session
        self.deadline = deadline
    }
}

package enum SchedulerError: Error, Equatable {
    /// Not admitted: estimated seconds queued, allowed, and until a retry makes sense.
    case overloaded(queued: Double, limit: Double, retryAfter: Double)
    case deadlineExceeded
    case stopped

    init<Payload>(_ refusal: Schedule<Payload>.Refusal) {
        self = .overloaded(queued: refusal.queued, limit: refusal.limit, retryAfter: refusal.retryAfter)
    }
}

/// Owns the engine thread: callers await, the thread computes batch after batch in the schedule's order.
///
/// Whoever takes a job out of the schedule (the thread to compute it, a deadline, a cancelled caller) answers it, so
/// every job is answered exactly once. Work that has begun is never interrupted.
package final class Scheduler: Sendable {
    private struct Work: Sendable {
        let task: EngineTask
        let engine: Engine
        let admitted: NIODeadline
        let answer: @Sendable (Result<Completion, any Error>) -> Void
        let timeout: Scheduled<Void>?
    }

    private struct State {
        var schedule: Schedule<Work>
        var nextID: UInt64 = 0
        var isStopped = false
        var busySince: NIODeadline?
        /// Since when there is work, or a knock, that the thread has not seen.
        var unseenSince: NIODeadline?
        var watchers: [(isMet: (Int) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        /// Resumes whoever waits for the backlog that there is now.
        mutating func tellWatchers() {
            guard !watchers.isEmpty else { return }
            let count = schedule.count
            for watcher in watchers where watcher.isMet(count) { watcher.continuation.resume() }
            watchers.removeAll { $0.isMet(count) }
        }
    }

    private let condition = NSCondition()
    /// Guarded by `condition`.
    private nonisolated(unsafe) var state: State
    private let timers: any EventLoop
    private let counters: Counters

    package init(queueSeconds: Double, timers: any EventLoop, counters: Counters) {
        self.state = State(schedule: Schedule(limit: queueSeconds))
        self.timers = timers
        self.counters = counters
        let thread = Thread { [self] in computeUntilStopped() }
        thread.stackSize = 16 << 20
        thread.start()
    }

    /// Jobs and estimated seconds that wait.
    package var backlog: (jobs: Int, seconds: Double) {
        locked { ($0.schedule.count, $0.schedule.queuedSeconds) }
    }

    /// Waits until the number of waiting jobs meets a condition.
    func waitForBacklog(_ isMet: @escaping @Sendable (Int) -> Bool) async {
        await withCheckedContinuation { continuation in
            locked { $0.watchers.append((isMet, continuation)) }
        }
    }

    /// For how long the engine thread has given no sign of life at `now`: it computes one batch, or has not looked at
    /// work that waits or at a knock. Zero when it is idle.
    package func silence(at now: NIODeadline = .now()) -> TimeAmount {
        locked { state in (state.busySince ?? state.unseenSince).map { now - $0 } ?? .zero }
    }

    /// Asks for a sign of life: the silence grows from now on, unless the engine thread wakes and sees it.
    ///
    /// Returns when the event loop, without which nothing is served, has come round.
    package func knock() async {
        locked { state in state.unseenSince = state.unseenSince ?? .now() }
        try? await timers.submit {}.get()
    }

    /// Why no drawing could be finished in time, whatever it is; nil where one might be. Costs next to nothing.
    func refusal(of standing: Standing) -> SchedulerError? {
        condition.lock()
        defer { condition.unlock() }
        let now = NIODeadline.now()
        return state.schedule.refusal(
            standing.priority, peer: standing.peer, session: standing.session, deadline: standing.deadline, now: now
        ).map { standing.deadline <= now ? .deadlineExceeded : SchedulerError($0) }
    }

    /// Waits for a task's turn and its result. A cancelled caller's task is withdrawn unless it has begun.
    ///
    /// - Throws: `SchedulerError`, `CancellationError`, or what the engine threw.
    package func run(_ task: EngineTask, on engine: Engine, key: BatchKey, as standing: Standing) async throws
        -> Completion
    {
        let call = Call()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(task, on: engine, key: key, as: standing, call: call) { continuation.resume(with: $0) }
            }
        } onCancel: {
            call.isCancelled.store(true, ordering: .sequentiallyConsistent)
            if let id = call.id.withLock({ $0 }) { withdraw(id, because: CancellationError()) }
        }
    }

    /// Answers all that waits with `stopped` and ends the engine thread after the batch in hand.
    package func stop() {
        let waiting = locked { state in
            state.isStopped = true
            return state.schedule.removeAll()
        }
        for job in waiting { answer(job, .failure(SchedulerError.stopped)) }
    }

    private final class Call: Sendable {
        let isCancelled = Atomic(false)
        let id = Mutex<UInt64?>(nil)
    }

    private func submit(
        _ task: EngineTask, on engine: Engine, key: BatchKey, as standing: Standing, call: Call,
        answer: @escaping @Sendable (Result<Completion, any Error>) -> Void
    ) {
        let now = NIODeadline.now()
        if call.isCancelled.load(ordering: .sequentiallyConsistent) { return answer(.failure(CancellationError())) }
        if standing.deadline <= now { return answer(.failure(SchedulerError.deadlineExceeded)) }
        let id = locked { state in
            state.nextID += 1
            return state.nextID
        }
        let timeout = timers.scheduleTask(deadline: standing.deadline) { [self] in
            withdraw(id, because: SchedulerError.deadlineExceeded)
        }
        let work = Work(task: task, engine: engine, admitted: now, answer: answer, timeout: timeout)
        let job = Schedule<Work>.Job(
            id: id, priority: standing.priority, peer: standing.peer, session: standing.session, key: key,
            deadline: standing.deadline, payload: work)
        let refusal: SchedulerError? = locked { state in
            if state.isStopped { return .stopped }
            do throws(Schedule<Work>.Refusal) { try state.schedule.admit(job, now: now) } catch {
                return SchedulerError(error)
            }
            state.unseenSince = state.unseenSince ?? now
            return nil
        }
        if let refusal {
            timeout.cancel()
            return answer(.failure(refusal))
        }
        call.id.withLock { $0 = id }
        if call.isCancelled.load(ordering: .sequentiallyConsistent) { withdraw(id, because: CancellationError()) }
    }

    private func withdraw(_ id: UInt64, because error: any Error) {
        guard let job = locked({ $0.schedule.withdraw(id) }) else { return }
        answer(job, .failure(error))
    }

    private func answer(_ job: Schedule<Work>.Job, _ result: Result<Completion, any Error>) {
        job.payload.timeout?.cancel()
        job.payload.answer(result)
    }

    private func locked<Value>(_ body: (inout State) -> Value) -> Value {
        condition.lock()
        defer {
            state.tellWatchers()
            condition.signal()
            condition.unlock()
        }
        return body(&state)
    }

    // MARK: On the engine thread

    private func computeUntilStopped() {
        // As `top -H` shows it; a name given to Foundation's Thread before it runs is lost.
        try? "engine".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
        while let selection = waitForWork() {
            for job in selection.expired { answer(job, .failure(SchedulerError.deadlineExceeded)) }
            guard let first = selection.batch.first else { continue }
            let begun = NIODeadline.now()
            let results = compute(selection.batch.map(\.payload), engine: first.payload.engine)
            let took = NIODeadline.now() - begun
            condition.lock()
            state.schedule.finished(selection.batch, now: begun + took)
            state.busySince = nil
            state.unseenSince = nil
            condition.unlock()
            counters.computed(
                stage: first.key.stage, batchSize: results.count, took: took,
                waited: selection.batch.map { begun - $0.payload.admitted })
            for (job, result) in zip(selection.batch, results) {
                answer(
                    job,
                    result.map {
                        Completion(
                            result: $0, queued: begun - job.payload.admitted, computed: took, batchSize: results.count)
                    })
            }
        }
    }

    private func waitForWork() -> Schedule<Work>.Selection? {
        condition.lock()
        defer { condition.unlock() }
        while state.schedule.isEmpty {
            state.unseenSince = nil
            if state.isStopped { return nil }
            condition.wait()
        }
        state.unseenSince = nil
        let now = NIODeadline.now()
        let selection = state.schedule.next(now: now) { job in
            guard case .draw(let task) = job.payload.task else { return 1 }
            return job.payload.engine.model.largestBatch(task.source)
        }
        state.tellWatchers()
        state.busySince = selection.batch.isEmpty ? nil : now
        return selection
    }

    /// One result for each work, in order. When a batch fails, each of it is tried alone, so that nobody pays for another.
    private func compute(_ batch: [Work], engine: Engine) -> [Result<EngineResult, any Error>] {
        let drawings = batch.compactMap { if case .draw(let task) = $0.task { task } else { nil } }
        if drawings.count == batch.count, batch.count > 1, let drawn = try? engine.draw(drawings),
            drawn.count == batch.count
        {
            return drawn.map { .success(.drawn($0)) }
        }
        return batch.map { work in Result { try compute(work.task, engine: engine) } }
    }

    private func compute(_ task: EngineTask, engine: Engine) throws -> EngineResult {
        switch task {
        case .prepare(let pictures, let domain): return .prepared(try engine.model.prepare(pictures, domain: domain))
        case .draw(let task):
            guard let drawn = try engine.draw([task]).first else { throw EngineFailure.nothingDrawn }
            return .drawn(drawn)
        case .read(let frame, let reader): return .read(try engine.read(frame, by: reader))
        case .verify: return .verified(try engine.verify())
        case .warmUp:
            try engine.model.warmUp()
            return .warmedUp
        }
    }
}
