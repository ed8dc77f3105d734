import Dispatch
import Synchronization
import Testing

@testable import AnimoCompute

struct WorkerPoolTests {
    @Test("Every task is done once", arguments: [1, 2, 3, 8])
    func everyTaskOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 7, 100, 1000] {
            let done = (0..<count).map { _ in Counter() }
            pool.run(count) { done[$0].value.add(1, ordering: .relaxed) }
            #expect(done.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        }
    }

    @Test("Several callers take turns")
    func callersTakeTurns() {
        let pool = WorkerPool(threads: 3)
        let total = Counter()
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            for _ in 0..<200 {
                let mine = Counter()
                pool.run(5) { task in
                    mine.value.add(task, ordering: .relaxed)
                    total.value.add(1, ordering: .relaxed)
                }
                // All of this caller's tasks are over when its call returns.
                #expect(mine.value.load(ordering: .relaxed) == 10)
            }
        }
        #expect(total.value.load(ordering: .relaxed) == 6 * 200 * 5)
    }

    @Test("A worker is named below the number of threads")
    func workersAreNumbered() {
        let pool = WorkerPool(threads: 3)
        let (done, worst) = (Counter(), Counter())
        struct Names: PoolWork {
            let done: Counter
            let worst: Counter
            func run(_ task: Int, by worker: Int) {
                done.value.add(task, ordering: .relaxed)
                if worker < 0 || worker >= 3 { worst.value.add(1, ordering: .relaxed) }
            }
        }
        pool.run(500, Names(done: done, worst: worst))
        #expect(done.value.load(ordering: .relaxed) == 500 * 499 / 2)
        #expect(worst.value.load(ordering: .relaxed) == 0)
    }

    @Test("Tasks that are made of runs have a pool of one thread each", arguments: [1, 2, 3])
    func tasksApart(threads: Int) {
        let pool = WorkerPool(threads: threads)
        let done = (0..<7).map { _ in Counter() }
        let alone = Counter()
        for _ in 0..<50 {
            pool.runApart(7) { task, single in
                if single.threads == 1 { alone.value.add(1, ordering: .relaxed) }
                single.run(10) { inner in
                    single.scratch(0, floats: 100)[inner] = 1
                    done[task].value.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(done.allSatisfy { $0.value.load(ordering: .relaxed) == 500 })
        #expect(alone.value.load(ordering: .relaxed) == 350)
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }
}
