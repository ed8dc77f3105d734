import NIOCore
import Synchronization
import Testing

@testable import AnimoServer

/// Room for frames that are not whole yet: shared by peers, the oldest first.
struct IncomingMemoryTests {
    private let hog = PeerIdentity.Owner.user(1)
    private let good = PeerIdentity.Owner.user(2)

    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000) + .milliseconds(milliseconds)
    }

    /// A reader that asks for room, on a task of its own, and is noted once it has it.
    private func ask(
        _ memory: IncomingMemory, _ bytes: Int, reader: UInt64, of owner: PeerIdentity.Owner, began: Int64,
        served: Served
    ) async -> Task<Void, any Error> {
        let waiting = memory.waiting
        let task = Task {
            try await memory.reserve(bytes, for: reader, of: owner, began: at(began))
            served.readers.withLock { $0.append(reader) }
        }
        while memory.waiting == waiting, !served.readers.withLock({ $0.contains(reader) }) { await Task.yield() }
        return task
    }

    final class Served: Sendable {
        let readers = Mutex<[UInt64]>([])
    }

    @Test func oneThatIsAloneMayTakeMoreThanThereIs() async throws {
        let memory = IncomingMemory(limit: 100)
        try await memory.reserve(500, for: 1, of: hog, began: at(0))
        memory.release(500, from: 1)
        #expect(memory.used == 0)
    }

    @Test func aPeerLeavesAQuarterToOthers() async throws {
        let memory = IncomingMemory(limit: 100)
        let served = Served()
        for reader in 1...3 as ClosedRange<UInt64> { try await memory.reserve(25, for: reader, of: hog, began: at(0)) }
        let more = await ask(memory, 25, reader: 4, of: hog, began: 1, served: served)
        #expect(memory.waiting == 1)
        // Another finds room at once, though the first waits.
        try await memory.reserve(20, for: 9, of: good, began: at(2))
        #expect(memory.waiting == 1)
        memory.release(25, from: 1)
        try await more.value
        #expect(memory.used == 95)
    }

    /// All hold a part and want the rest: they go on one after the other, the one that began first before the others.
    @Test func thoseThatWaitForEachOtherGoOnInTheOrderOfTheirFrames() async throws {
        let memory = IncomingMemory(limit: 100)
        let served = Served()
        for reader in 1...3 as ClosedRange<UInt64> {
            try await memory.reserve(25, for: reader, of: hog, began: at(Int64(reader)))
        }
        var tasks: [Task<Void, any Error>] = []
        for reader in [3, 2, 1] as [UInt64] {
            tasks.append(await ask(memory, 60, reader: reader, of: hog, began: Int64(reader), served: served))
        }
        for reader in 1...3 as ClosedRange<UInt64> {
            while served.readers.withLock({ $0.count }) < reader { await Task.yield() }
            #expect(served.readers.withLock { $0 } == Array(1...reader))
            memory.release(85, from: reader)
        }
        for task in tasks { try await task.value }
        #expect(memory.used == 0)
        #expect(memory.waiting == 0)
    }

    @Test func thePeerThatHasTheLeastGoesFirstAndThenTheOldest() async throws {
        let memory = IncomingMemory(limit: 100)
        let served = Served()
        for reader in 1...3 as ClosedRange<UInt64> { try await memory.reserve(25, for: reader, of: hog, began: at(0)) }
        try await memory.reserve(25, for: 8, of: good, began: at(0))
        var tasks = [await ask(memory, 30, reader: 4, of: hog, began: 1, served: served)]
        tasks.append(await ask(memory, 20, reader: 5, of: hog, began: 2, served: served))
        tasks.append(await ask(memory, 20, reader: 9, of: good, began: 3, served: served))
        #expect(memory.waiting == 3)
        for (reader, order) in [(1, [9]), (2, [9, 4]), (3, [9, 4, 5])] as [(UInt64, [UInt64])] {
            memory.release(25, from: reader)
            while served.readers.withLock({ $0.count }) < order.count { await Task.yield() }
            #expect(served.readers.withLock { $0 } == order)
        }
        for task in tasks { try await task.value }
    }

    @Test func aReaderThatIsCancelledTakesNothing() async throws {
        let memory = IncomingMemory(limit: 100)
        let served = Served()
        for reader in 1...4 as ClosedRange<UInt64> {
            try await memory.reserve(25, for: reader, of: reader == 1 ? good : hog, began: at(0))
        }
        let staying = await ask(memory, 30, reader: 5, of: hog, began: 0, served: served)
        let leaving = await ask(memory, 30, reader: 6, of: hog, began: 1, served: served)
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        #expect(memory.waiting == 1)
        for reader in 2...3 as ClosedRange<UInt64> { memory.release(25, from: reader) }
        try await staying.value
        #expect(memory.used == 80)
    }
}
