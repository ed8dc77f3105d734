import CProcessor
import Foundation
import Synchronization

/// A fixed set of threads that share the tasks of one run at a time; the calling thread takes part.
///
/// Several threads may call `run`: they take turns. A task must not call `run` of the same pool. Which thread does
/// which task is left to chance, so tasks must write to places of their own.
package final class WorkerPool: Sendable {
    /// Threads that work in a run, the caller among them.
    package let threads: Int
    private let shared: SharedWork
    private let turn = Mutex<Void>(())
    /// For each worker a pool of that one alone, in its memory; none where there is one worker.
    private let singles: [WorkerPool]
    /// Whether its runs may be divided: those of a worker's own pool lie inside a run of all workers.
    private let isWhole: Bool

    /// Starts `threads` − 1 threads; the caller of a run is the last. Less than 1 counts as 1.
    package init(threads: Int) {
        self.threads = max(1, threads)
        isWhole = true
        let scratch = (0..<self.threads).map { _ in Scratch() }
        shared = SharedWork(scratch)
        singles = self.threads > 1 ? scratch.map(WorkerPool.init(alone:)) : []
        for worker in 1..<self.threads {
            let shared = self.shared
            let thread = Thread {
                // As `top -H` shows it; a name given to Foundation's Thread before it runs is lost.
                try? "worker-\(worker)".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
                shared.serve(as: worker)
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    private init(alone scratch: Scratch) {
        threads = 1
        shared = SharedWork([scratch])
        singles = []
        isWhole = false
    }

    deinit { shared.stop() }

    /// Does each of `count` tasks of `work` once and returns when all are done. Nothing is allocated for it.
    package func run<Work: PoolWork>(_ count: Int, _ work: Work) {
        if isWhole, let interlude = Interlude.offered {
            interlude.divide(count, first: threads) { run(from: $0, to: $1, work) }
        } else {
            run(from: 0, to: count, work)
        }
    }

    private func run<Work: PoolWork>(from first: Int, to end: Int, _ work: Work) {
        guard first < end else { return }
        turn.withLock { _ in
            if threads == 1 || end - first == 1 {
                for task in first..<end { work.run(task, by: 0) }
            } else {
                withUnsafePointer(to: work) { shared.run(from: first, to: end, Work.self, at: $0) }
            }
        }
    }

    /// The same for a closure, whose context is allocated: for what is not done for every frame.
    package func run(_ count: Int, _ body: (_ task: Int) -> Void) {
        withoutActuallyEscaping(body) { run(count, ClosureWork(body: $0)) }
    }

    /// Calls `body` once for each of `count` tasks that are made of runs themselves: each gets a pool of the one thread
    /// that does it, so that nobody waits for anybody until all tasks are done.
    package func runApart(_ count: Int, _ body: (_ task: Int, _ pool: WorkerPool) -> Void) {
        if singles.isEmpty {
            for task in 0..<count { body(task, self) }
        } else {
            withoutActuallyEscaping(body) { run(count, WorkApart(pools: singles, body: $0)) }
        }
    }

    /// Memory for one worker, of at least `floats` floats; valid during this task only.
    func scratch(_ worker: Int, floats: Int) -> UnsafeMutablePointer<Float> {
        shared.scratch[worker].reserve(floats)
    }
}

/// Work that the threads of a pool share in one run: a value that all of them read where the caller has it, so that
/// handing it out takes no memory.
package protocol PoolWork {
    /// Does one task; `worker`, under the pool's `threads`, names the thread that does it.
    func run(_ task: Int, by worker: Int)
}

private struct ClosureWork: PoolWork {
    let body: (Int) -> Void
    func run(_ task: Int, by worker: Int) { body(task) }
}

private struct WorkApart: PoolWork {
    let pools: [WorkerPool]
    let body: (Int, WorkerPool) -> Void
    func run(_ task: Int, by worker: Int) { body(task, pools[worker]) }
}

extension PoolWork {
    /// Does tasks of the work at `place` until `next` has reached the end.
    fileprivate static func takeTasks(
        to end: Int, at place: UnsafeRawPointer, by worker: Int, next: borrowing Atomic<Int>
    ) {
        let work = place.assumingMemoryBound(to: Self.self)
        while true {
            let task = next.add(1, ordering: .relaxed).oldValue
            if task >= end { return }
            work.pointee.run(task, by: worker)
        }
    }
}

/// State that the threads of a pool share.
///
/// `state` holds the number of the run (upper half), whether it still takes workers (bit 31) and how many are in it
/// (the rest). A worker joins only an open run that it has not seen; the caller closes the run when no task is left
/// and waits for those inside, so a worker that wakes late holds up nobody.
private final class SharedWork: @unchecked Sendable {
    private let state = Atomic<UInt64>(0)
    private let nextTask = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let bell = NSCondition()
    private var end = 0
    private var work: (kind: any PoolWork.Type, place: UnsafeRawPointer)?
    let scratch: [Scratch]

    private static let open: UInt64 = 1 << 31
    private static let inside: UInt64 = open - 1
    /// Turns of an idle worker's loop before it sleeps: about 50 microseconds, longer than the pause between layers.
    private static let patience = 1500

    init(_ scratch: [Scratch]) { self.scratch = scratch }

    func run(from first: Int, to end: Int, _ kind: any PoolWork.Type, at place: UnsafeRawPointer) {
        self.end = end
        work = (kind, place)
        nextTask.store(first, ordering: .relaxed)
        let number = (state.load(ordering: .relaxed) >> 32) &+ 1
        state.store(number << 32 | Self.open, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            bell.lock()
            bell.broadcast()
            bell.unlock()
        }
        takeTasks(as: 0)
        state.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
        var turns = 0
        while state.load(ordering: .acquiring) & Self.inside != 0 {
            turns += 1
            if turns < 20_000 { processor_pause() } else { sched_yield() }
        }
        work = nil
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        bell.lock()
        bell.broadcast()
        bell.unlock()
    }

    func serve(as worker: Int) {
        var seen: UInt64 = 0
        var idle = 0
        while !stopped.load(ordering: .relaxed) {
            let now = state.load(ordering: .acquiring)
            if now & Self.open != 0, now >> 32 != seen {
                let joined = state.compareExchange(
                    expected: now, desired: now + 1, ordering: .acquiringAndReleasing
                ).exchanged
                guard joined else { continue }
                seen = now >> 32
                takeTasks(as: worker)
                state.subtract(1, ordering: .releasing)
                idle = 0
            } else if idle < Self.patience {
                idle += 1
                processor_pause()
            } else {
                sleep(unlessNewerThan: seen)
                idle = 0
            }
        }
    }

    private func sleep(unlessNewerThan seen: UInt64) {
        bell.lock()
        sleepers.add(1, ordering: .sequentiallyConsistent)
        let now = state.load(ordering: .sequentiallyConsistent)
        let news = now & Self.open != 0 && now >> 32 != seen
        if !news, !stopped.load(ordering: .sequentiallyConsistent) { bell.wait() }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        bell.unlock()
    }

    private func takeTasks(as worker: Int) {
        guard let work else { return }
        work.kind.takeTasks(to: end, at: work.place, by: worker, next: nextTask)
    }
}
