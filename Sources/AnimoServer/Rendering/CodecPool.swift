import DequeModule
import Foundation
import NIOCore

/// Threads of their own for tasks that decode, resize and encode, so that neither the event loops nor Swift's pool
/// wait.
///
/// A task that prefers this executor computes on these threads from one suspension to the next: between decoding a
/// frame and encoding its result it changes threads for the engine alone.
///
/// Decoding is admitted work: it waits in a queue of its own, fair by peer, with its deadline and a cost that is
/// estimated from the picture's header, and is refused where it could not be done in time. What takes long is decoded
/// by threads of lower priority (``LongDecoding``), and one thread here never decodes, so that tasks which have nothing
/// to decode go on whatever is sent to be decoded.
package final class CodecPool: TaskExecutor {
    private struct State {
        var jobs: Deque<UnownedJob> = []
        /// Tasks that go on with what a thread has just decoded, by that thread.
        var own: [pthread_t: Deque<UnownedJob>] = [:]
        /// Threads that decode.
        var decoding: Set<pthread_t> = []
        var isStopped = false
    }

    private enum Step {
        case job(UnownedJob)
        case decode
    }

    private let condition = NSCondition()
    /// Guarded by `condition`.
    private nonisolated(unsafe) var state = State()
    private let queue: WorkQueue
    private let long: LongDecoding
    private let decoders: Int

    /// - Parameters:
    ///   - decoders: number of pictures that are decoded side by side, and of those that take long; there is one thread
    ///     more.
    ///   - queueSeconds: estimated seconds of decoding that a picture may wait for.
    package init(decoders: Int, queueSeconds: Double, timers: any EventLoop) {
        self.decoders = max(1, decoders)
        queue = WorkQueue(limit: queueSeconds, workers: self.decoders, timers: timers)
        long = LongDecoding(threads: self.decoders, queueSeconds: queueSeconds, timers: timers)
        for _ in 0...self.decoders {
            let thread = Thread { [self] in runUntilStopped() }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Pictures that wait to be decoded, and for how many seconds of work.
    package var backlog: (jobs: Int, seconds: Double) {
        let (short, long) = (queue.backlog, long.queue.backlog)
        return (short.jobs + long.jobs, short.seconds + long.seconds)
    }

    /// Runs a job of a task on one of the pool's threads: on the caller's own where that is decoding.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        let isDecoding = state.decoding.contains(pthread_self())
        let isTaken = isDecoding || !state.isStopped
        if isDecoding {
            state.own[pthread_self(), default: []].append(job)
        } else if isTaken {
            state.jobs.append(job)
            condition.signal()
        }
        condition.unlock()
        // A task whose job is lost would never end.
        if !isTaken { Thread.detachNewThread { [self] in run(job) } }
    }

    /// Runs `body` on these threads, whether or not the caller is cancelled: a picture that was rendered is also
    /// encoded.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value {
        try await withTaskExecutorPreference(self) { try await body() }
    }

    /// Decodes a picture in its turn. A cancelled caller's is withdrawn unless it has begun.
    ///
    /// - Throws: `SchedulerError`, `CancellationError`, or what decoding threw.
    func decode<Output: Sendable>(
        _ work: DecodingWork<Output>, as context: SchedulingContext
    ) async throws -> Completion<Output> {
        if work.isLong { return try await long.queue.run(work, as: context) { long.wake() } }
        return try await queue.run(work, as: context) { wake() }
    }

    /// Ends the threads when they have done what they were given; what waits to be decoded is not.
    package func stop() {
        queue.stop()
        long.stop()
        condition.lock()
        state.isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    private func wake() {
        condition.lock()
        condition.signal()
        condition.unlock()
    }

    // MARK: On the threads

    private func runUntilStopped() {
        try? "codec".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
        while let step = next() {
            switch step {
            case .job(let job): run(job)
            case .decode: decode()
            }
        }
    }

    private func run(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }

    private func decode() {
        if let batch = queue.next() { queue.compute(batch) { _, _ in } }
        condition.lock()
        state.decoding.remove(pthread_self())
        // Whoever found all decoders busy may look again.
        if !queue.isEmpty { condition.signal() }
        condition.unlock()
    }

    private func next() -> Step? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let job = state.own[pthread_self()]?.popFirst() { return .job(job) }
            state.own[pthread_self()] = nil
            if let job = state.jobs.popFirst() { return .job(job) }
            if state.decoding.count < decoders, !queue.isEmpty {
                state.decoding.insert(pthread_self())
                return .decode
            }
            if state.isStopped { return nil }
            condition.wait()
        }
    }
}
