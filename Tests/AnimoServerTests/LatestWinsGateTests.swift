import Synchronization
import Testing

@testable import AnimoServer

/// Frames of a session that may fall away: the one in hand finishes, and the newest comes next.
struct LatestWinsGateTests {
    /// A frame that asks for its turn, on a task of its own, and tells how that went.
    private func ask(_ turns: LatestWinsGate, _ seq: UInt64) -> Task<Bool, Never> {
        Task { (try? await turns.begin(seq)) != nil }
    }

    @Test func theNewestOfThoseThatWaitComesNext() async throws {
        let turns = LatestWinsGate()
        try await turns.begin(1)
        let second = ask(turns, 2)
        await turns.waits(2)
        let third = ask(turns, 3)
        #expect(await !second.value)
        await turns.waits(3)
        // One that comes late is older than the one that waits.
        #expect(await !ask(turns, 2).value)
        turns.end()
        #expect(await third.value)
        // And older than the one that has its turn.
        #expect(await !ask(turns, 2).value)
        turns.end()
        #expect(await ask(turns, 4).value)
    }

    @Test func whoIsCancelledGivesUpItsPlace() async throws {
        let turns = LatestWinsGate()
        try await turns.begin(1)
        let second = ask(turns, 2)
        await turns.waits(2)
        second.cancel()
        #expect(await !second.value)
        turns.end()
        #expect(await ask(turns, 3).value)
        let fourth = ask(turns, 4)
        fourth.cancel()
        #expect(await !fourth.value)
    }

    /// Frames that come far faster than they are decoded: some are drawn all the time, and the last one in the end.
    @Test func aFloodNeverStopsThePictures() async throws {
        let turns = LatestWinsGate()
        let served = Served()
        await withTaskGroup { tasks in
            for seq in 1...1000 as ClosedRange<UInt64> {
                tasks.addTask {
                    guard (try? await turns.begin(seq)) != nil else { return }
                    served.order.withLock { $0.append(seq) }
                    await Task.yield()
                    turns.end()
                }
            }
        }
        let order = served.order.withLock { $0 }
        #expect(order == order.sorted())
        #expect(order.last == 1000)
    }
}

private final class Served: Sendable {
    let order = Mutex<[UInt64]>([])
}

extension LatestWinsGate {
    /// Until this frame is the one that waits.
    fileprivate func waits(_ seq: UInt64) async { while waiting != seq { await Task.yield() } }
}
