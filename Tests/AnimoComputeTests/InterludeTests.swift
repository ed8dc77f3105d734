import Synchronization
import Testing

@testable import AnimoCompute

/// Short work between the parts of a run.
struct InterludeTests {
    /// Each task is done once, whatever is computed in between by the same pool, and never within a part.
    @Test(arguments: [1, 2, 3], [1, 2, 5, 64, 1000])
    func eachTaskIsDoneOnceAndTheMidstIsFreeForOtherRuns(threads: Int, count: Int) {
        let pool = WorkerPool(threads: threads)
        let inside = Locked(0)
        let counts = Mutex([Int](repeating: 0, count: count))
        let calls = Locked(0)
        let interlude = Interlude {
            calls.change { $0 += 1 }
            #expect(inside.value == 0)
            let sum = Mutex(0)
            // Not offered in its own midst, or this would never end.
            pool.run(7) { task in sum.withLock { $0 += task } }
            #expect(sum.withLock { $0 } == 21)
        }
        interlude.offered {
            pool.run(count) { task in
                inside.change { $0 += 1 }
                counts.withLock { $0[task] += 1 }
                inside.change { $0 -= 1 }
            }
        }
        #expect(counts.withLock { $0 } == [Int](repeating: 1, count: count))
        #expect(calls.value >= 1)
        // Over with what it was offered for.
        let before = calls.value
        pool.run(count) { _ in }
        #expect(calls.value == before)
    }

    /// Tasks that are made of runs are not interrupted: the other threads would wait for them.
    @Test func aWorkersOwnRunsAreNotDivided() {
        let pool = WorkerPool(threads: 2)
        let inside = Locked(0)
        let calls = Locked(0)
        let interlude = Interlude {
            calls.change { $0 += 1 }
            #expect(inside.value == 0)
        }
        interlude.offered {
            pool.runApart(2) { _, own in
                inside.change { $0 += 1 }
                for _ in 0..<3 { own.run(10) { _ in } }
                inside.change { $0 -= 1 }
            }
        }
        #expect(calls.value == 1)
    }
}

private final class Locked<Value: Sendable>: Sendable {
    private let held: Mutex<Value>

    init(_ value: Value) { held = Mutex(value) }

    var value: Value { held.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) { held.withLock { body(&$0) } }
}
