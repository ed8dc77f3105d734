import AnimoConcurrency
import Foundation
import Synchronization
import Testing

@Suite struct HandingOverTests {
    private struct Cut: Error {}

    @Test func aQueueKeepsEveryValueInOrder() async throws {
        let inbox = Mailbox<Int>(.queue(capacity: 2))
        Thread.detachNewThread {
            for value in 0..<500 { _ = inbox.put(value) }
            inbox.finish()
        }
        var taken: [Int] = []
        while let value = try await inbox.next() { taken.append(value) }
        #expect(taken == Array(0..<500))
        #expect(inbox.replaced == 0)
    }

    @Test func theLatestReplacesWhatWasNotTaken() async throws {
        let inbox = Mailbox<Int>(.latest)
        for value in 0..<5 { #expect(inbox.put(value)) }
        inbox.finish()
        #expect(try await inbox.next() == 4)
        #expect(try await inbox.next() == nil)
        #expect(inbox.replaced == 4)
        #expect(!inbox.put(9))
    }

    @Test func anErrorOfTheThreadReachesTheTaskAfterTheValues() async throws {
        let inbox = Mailbox<Int>(.queue(capacity: 4))
        _ = inbox.put(1)
        inbox.finish(throwing: Cut())
        #expect(try await inbox.next() == 1)
        await #expect(throws: Cut.self) { try await inbox.next() }
    }

    @Test func aTaskThatWaitsCanBeCancelled() async {
        let inbox = Mailbox<Int>(.latest)
        let permits = AsyncSemaphore(0)
        let waiting = Task { try await inbox.next() }
        let permit = Task { try await permits.wait() }
        waiting.cancel()
        permit.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await #expect(throws: CancellationError.self) { try await permit.value }
    }

    @Test func permitsBoundWhatIsUnderWay() async throws {
        let permits = AsyncSemaphore(2)
        let outbox = BlockingQueue<Int>()
        let inFlight = Mutex((now: 0, most: 0))
        let (taken, continuation) = AsyncStream<Int>.makeStream()
        Thread.detachNewThread {
            while case .value(let value) = outbox.take() {
                inFlight.withLock { $0.now -= 1 }
                continuation.yield(value)
                permits.signal()
            }
            continuation.finish()
        }
        for value in 0..<500 {
            try await permits.wait()
            inFlight.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            outbox.put(value)
        }
        outbox.finish()
        var values: [Int] = []
        for await value in taken { values.append(value) }
        #expect(values == Array(0..<500))
        #expect(inFlight.withLock { $0.most } <= 2)
    }

    @Test func aWaitEndsByItsDeadline() {
        let outbox = BlockingQueue<Int>()
        if case .nothing = outbox.take(until: .now - .seconds(1)) {} else { Issue.record("expected nothing") }
        let start = ContinuousClock.now
        if case .nothing = outbox.take(until: start + .milliseconds(20)) {} else { Issue.record("expected nothing") }
        #expect(ContinuousClock.now >= start + .milliseconds(19))
        outbox.put(3)
        if case .value(3) = outbox.take(until: .now - .seconds(1)) {} else { Issue.record("expected the value") }
        outbox.finish()
        if case .end = outbox.take(until: nil) {} else { Issue.record("expected the end") }
    }
}
