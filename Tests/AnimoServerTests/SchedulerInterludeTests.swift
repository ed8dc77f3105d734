import AnimoCompute
import AnimoFakeEngine
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import AnimoServer

/// Short work in the midst of a long batch, on the engine thread.
struct SchedulerInterludeTests {
    private final class Progress: Sendable {
        let isAnswered = Atomic(false)
        let began = AsyncStream<Void>.makeStream()
    }

    /// Runs layers until another caller has its answer.
    private struct LongWork: ScheduledWork {
        let key: BatchKey
        let pool: WorkerPool
        let progress: Progress

        static func compute(_ batch: [Self]) -> [Bool] {
            batch.map { work in
                work.progress.began.continuation.yield()
                let end = ContinuousClock.now + .seconds(60)
                while !work.progress.isAnswered.load(ordering: .acquiring), .now < end {
                    work.pool.run(4) { _ in }
                }
                return work.progress.isAnswered.load(ordering: .acquiring)
            }
        }
    }

    private struct ShortWork: ScheduledWork {
        let key: BatchKey
        let pool: WorkerPool

        static func compute(_ batch: [Self]) -> [Int] {
            batch.map { work in
                let sum = Mutex(0)
                work.pool.run(4) { task in sum.withLock { $0 += task } }
                return sum.withLock { $0 }
            }
        }
    }

    @Test(arguments: [1, 2]) func anotherPeersShortWorkIsAnsweredInTheMidstOfALongBatch(threads: Int) async throws {
        let (engine, pool, progress) = (FakeEngine(), WorkerPool(threads: threads), Progress())
        let scheduler = Scheduler(
            queueSeconds: 100, timers: MultiThreadedEventLoopGroup.singleton.next(), counters: Counters())
        defer { scheduler.stop() }
        func key(_ stage: BatchKey.Stage, side: Int) -> BatchKey {
            BatchKey(engine: ObjectIdentifier(engine), stage: stage, domain: .anime, flowSide: side, side: side)
        }
        func context(_ peer: UInt64) -> SchedulingContext {
            SchedulingContext(priority: .interactive, peer: peer, session: peer, deadline: .now() + .hours(1))
        }
        let long = LongWork(key: key(.prepare, side: 8192), pool: pool, progress: progress)
        async let first = scheduler.run(long, as: context(1))
        for await _ in progress.began.stream { break }
        let short = try await scheduler.run(ShortWork(key: key(.render, side: 32), pool: pool), as: context(2))
        progress.isAnswered.store(true, ordering: .releasing)
        #expect(short.output == 6)
        let done = try await first
        #expect(done.output)
        #expect(done.computed > .zero)
    }
}
