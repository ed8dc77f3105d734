import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

@testable import AnimoServer

/// Rows 5 to 9 of `reliability.md`: the real server, real sockets, an engine of known cost. What does not depend on the
/// clock; times are `animobench reliability`'s. `ANIMO_RELEASE=1` in the environment: the sizes before a release.
@Suite(.serialized) struct ReliabilityTests {
    private static let isRelease = ProcessInfo.processInfo.environment["ANIMO_RELEASE"] != nil

    /// Good clients whose calls are counted and not timed: a machine that is busy with other tests fails none.
    private func goodClients(_ count: Int, of server: TestServer) -> GoodClients {
        GoodClients(count, at: server.address, timeout: .seconds(300))
    }

    /// After every abuse: a plain good request succeeds and nobody's memory is held.
    private func expectCalm(_ server: TestServer) async throws {
        let report = try await goodClients(1, of: server).run(calls: 1)
        #expect(report.failures == [])
        try await server.waitForConnections(1)
        try await server.waitForMemory { $0 == 0 }
        await server.waitForQueue { $0 == 0 }
    }

    @Test(arguments: [5 as UInt64]) func malformedFramesHarmNoGoodClient(seed: UInt64) async throws {
        try await withServer { server in
            let frames = Self.isRelease ? 1_000_000 : 20_000
            let report = try await goodClients(4, of: server).run(calls: 10) {
                _ = try await runBlocking { try sendMalformedFrames(frames, to: server.address, seed: seed) }
            }
            #expect(report.failures == [], "seed \(seed)")
            #expect(report.refused == 0)
            #expect(report.succeeded >= 40)
            try await expectCalm(server)
        }
    }

    /// With every thread of Swift's pool taken a client is accepted, its call served and its place given back: what
    /// else a process does keeps nobody out. In a process of its own, whose pool no other test uses.
    @Test func aCallIsServedWhileSwiftsPoolIsTaken() async {
        await #expect(processExitsWith: .success) {
            let request = Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(7))), driver: .motion(1))
            try await withServer { server in
                // Serving by now: what starts a server runs on the pool.
                let client = try await server.client()
                _ = try await client.status()
                await client.close()
                let pool = TakenPool()
                let isServed = try await withCheckedThrowingContinuation { continuation in
                    Thread.detachNewThread {
                        continuation.resume(
                            with: Result {
                                pool.waitUntilTaken()
                                defer { pool.release() }
                                let raw = try RawSocket(server.address)
                                raw.send(.request(.of(.reenact, request), stream: 1))
                                return try Wire.Response(decoding: raw.receive().body).status == nil
                            })
                    }
                    pool.take()
                }
                #expect(isServed)
                #expect(!pool.isReleasedByTime)
                try await server.waitForConnections(1)
            }
        }
    }

    @Test func aCrowdThatTakesUpRoomHarmsNoGoodClient() async throws {
        let share = Self.isRelease ? 1 : 10
        try await withServer { server in
            let size = IdleConnections.Size(
                silent: 500 / share, slow: 200 / share, halfOpen: 100 / share, neverReading: 50 / share)
            let crowd = try await runBlocking { try IdleConnections(size, at: server.address) }
            let report = try await goodClients(4, of: server).run(calls: 100)
            #expect(report.failures == [])
            #expect(report.succeeded == 400)
            crowd.disperse()
        }
    }

    /// 64 sessions on one connection of the smallest buffers there are, whose client sends all that the windows allow
    /// before it reads.
    @Test func bothSidesWriteAndNeitherStandsStill() async throws {
        let frames = Self.isRelease ? 10_000 : 1000
        try await withServer(socketBuffers: 1) { server in
            let report = try await runBlocking { try BothWays(frames: frames).run(at: server.address) }
            #expect(report.results == 64 * frames)
            #expect(report.pictures == 64 * frames)
            #expect(report.outOfOrder == 0)
            try await expectCalm(server)
        }
    }

    @Test(arguments: [8 as UInt64]) func everyFrameGetsOneResultInOrder(seed: UInt64) async throws {
        let frames = Self.isRelease ? 10_000 : 1000
        try await withServer { server in
            let report = try await RestlessSessions(frames: frames, seed: seed).run(at: server.address)
            #expect(report.results == 64 * frames, "seed \(seed)")
            #expect(report.outOfOrder == 0, "seed \(seed)")
            #expect(report.failures == [], "seed \(seed)")
            #expect(report.outcomes["error"] == nil, "seed \(seed): \(report.outcomes)")
            #expect(report.outcomes.keys.contains("dropped"))
            #expect(report.outcomes.keys.contains("deadlineExceeded"))
            #expect(report.outcomes.keys.contains("invalid"))
            #expect(report.outcomes.keys.contains("cancelled"))
            #expect(report.brokenOff > 0)
            #expect(report.cancelledCalls > 0)
            try await expectCalm(server)
        }
    }

    /// An open loop of 2, 5 and 10 times what an engine of 100 ms a picture can draw: every call is answered, and what
    /// is refused is told when to try again.
    @Test(arguments: [2, 5, 10]) func anOverloadedServerAnswersEveryCall(factor: Double) async throws {
        let seconds = Self.isRelease ? 600.0 : 20
        try await withServer(engine: FakeEngine(batchLimit: 1, cost: 0.1)) { server in
            let report = try await Overload(at: server.address).run(rate: 10 * factor, seconds: seconds)
            #expect(report.asked == Int(10 * factor * seconds))
            #expect(report.failures == [])
            #expect(report.inTime + report.late + report.refused + report.expired == report.asked)
            #expect(report.withoutRetry == 0)
            #expect(report.refused > 0)
            // What was drawn was for somebody: an answer in time or one that its client was too late to see.
            #expect(server.engine.drawn.count <= report.inTime + report.late + report.expired)
            try await expectCalm(server)
        }
    }
}

/// All threads of Swift's pool, kept busy until they are released, or for a minute.
private final class TakenPool: @unchecked Sendable {
    private let condition = MonotonicCondition()
    private let width = ProcessInfo.processInfo.activeProcessorCount
    private let deadline = ContinuousClock.now + .seconds(60)
    /// Guarded by `condition`.
    private var taken = 0
    private var isReleased = false
    private var isLate = false

    /// Whether nobody released it in time.
    var isReleasedByTime: Bool { condition.withLock { isLate } }

    func take() { for _ in 0..<width { Task.detached { self.hold() } } }

    /// Blocks until all threads are taken.
    func waitUntilTaken() {
        condition.withLock { while taken < width, !isReleased, condition.wait(until: deadline) {} }
    }

    func release() {
        condition.withLock {
            isReleased = true
            condition.broadcast()
        }
    }

    private func hold() {
        condition.withLock {
            taken += 1
            condition.broadcast()
            while !isReleased, condition.wait(until: deadline) {}
            if !isReleased { (isReleased, isLate) = (true, true) }
            condition.broadcast()
        }
    }
}

extension TestServer {
    /// Asks until so many connections are left, the asking one among them.
    func waitForConnections(_ count: UInt32) async throws {
        let client = try await client()
        while try await client.status(timeout: .seconds(300)).connections > count {}
        await client.close()
    }
}
