import AnimoPictures
import AnimoTestSupport
import AnimoWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import AnimoServer

/// Decoding as admitted work: fair, within its deadline, and in nobody's way.
struct CodecPoolTests {
    /// Holds decoders back, and counts who began.
    private final class Gate: Sendable {
        private let condition = NSCondition()
        /// Guarded by `condition`.
        private nonisolated(unsafe) var isOpen = false
        let begun = Mutex<[Int]>([])

        func pass(_ number: Int) {
            begun.withLock { $0.append(number) }
            condition.lock()
            while !isOpen { condition.wait() }
            condition.unlock()
        }

        func open() {
            condition.lock()
            isOpen = true
            condition.broadcast()
            condition.unlock()
        }

        func waitForBegun(_ count: Int) async { while begun.withLock({ $0.count }) < count { await Task.yield() } }
    }

    private func picture(side: Int = 256) throws -> IncomingPicture {
        try IncomingPicture(
            Wire.Picture(format: .rgb8, data: [0], width: UInt32(side), height: UInt32(side)), within: PictureLimits(),
            field: "picture")
    }

    private func context(
        peer: UInt64 = 1, session: UInt64 = 1, in timeout: TimeAmount = .minutes(5)
    ) -> SchedulingContext {
        SchedulingContext(priority: .interactive, peer: peer, session: session, deadline: .now() + timeout)
    }

    private func withPool<Value: Sendable>(
        decoders: Int = 2, queueSeconds: Double = 10, _ body: (CodecPool, Gate) async throws -> Value
    ) async throws -> Value {
        let pool = CodecPool(
            decoders: decoders, queueSeconds: queueSeconds, timers: MultiThreadedEventLoopGroup.singleton.next())
        let gate = Gate()
        defer {
            gate.open()
            pool.stop()
        }
        return try await body(pool, gate)
    }

    private func decode(
        _ number: Int, _ pool: CodecPool, _ gate: Gate, _ context: SchedulingContext, side: Int = 256
    ) throws -> Task<Int, any Error> {
        let work = DecodingWork(try picture(side: side), for: .source) {
            gate.pass(number)
            return number
        }
        return Task { try await pool.decode(work, as: context).output }
    }

    private func waitForQueue(_ pool: CodecPool, _ count: Int) async {
        while pool.backlog.jobs != count { await Task.yield() }
    }

    /// With all decoders at work a task that has nothing to decode still has a thread.
    @Test func oneThreadNeverDecodes() async throws {
        try await withPool { pool, gate in
            let tasks = try (0..<8).map { try decode($0, pool, gate, context(session: UInt64($0))) }
            await gate.waitForBegun(2)
            await waitForQueue(pool, 6)
            #expect(await pool.run { 7 } == 7)
            #expect(gate.begun.withLock { $0.count } == 2)
            gate.open()
            for task in tasks { _ = try await task.value }
        }
    }

    @Test func aCallerThatLeavesTakesItsPictureWithIt() async throws {
        try await withPool { pool, gate in
            let first = try (0..<2).map { try decode($0, pool, gate, context()) }
            await gate.waitForBegun(2)
            let leaving = try (2..<50).map { try decode($0, pool, gate, context(peer: 2)) }
            await waitForQueue(pool, 48)
            for task in leaving { task.cancel() }
            for task in leaving { await #expect(throws: CancellationError.self) { try await task.value } }
            #expect(pool.backlog.jobs == 0)
            gate.open()
            for task in first { _ = try await task.value }
            #expect(gate.begun.withLock { $0.sorted() } == [0, 1])
        }
    }

    @Test func aDeadlineThatPassesInTheQueueIsToldWhileDecodersAreBusy() async throws {
        try await withPool { pool, gate in
            let first = try (0..<2).map { try decode($0, pool, gate, context()) }
            await gate.waitForBegun(2)
            let late = try decode(2, pool, gate, context(in: .milliseconds(50)))
            await #expect(throws: SchedulerError.deadlineExceeded) { try await late.value }
            gate.open()
            for task in first { _ = try await task.value }
            #expect(gate.begun.withLock { $0.sorted() } == [0, 1])
        }
    }

    /// Sixteen million pixels are a second of work before anything is known: three such pictures may wait for two
    /// decoders where two and a half seconds are allowed.
    @Test func whatWouldWaitTooLongIsRefusedByItsHeader() async throws {
        try await withPool(queueSeconds: 2.5) { pool, gate in
            let first = try (0..<2).map { try decode($0, pool, gate, context(), side: 4096) }
            await gate.waitForBegun(2)
            var tasks: [Task<Int, any Error>] = []
            for number in 2..<5 {
                tasks.append(try decode(number, pool, gate, context(), side: 4096))
                await waitForQueue(pool, number - 1)
            }
            let refused = try decode(5, pool, gate, context(), side: 4096)
            let error = await #expect(throws: SchedulerError.self) { try await refused.value }
            guard case .overloaded? = error else {
                Issue.record("expected a refusal, got \(String(describing: error))")
                return
            }
            // Another peer waits for no more of it than it brings itself.
            let other = try decode(7, pool, gate, context(peer: 2), side: 2112)
            await waitForQueue(pool, 4)
            gate.open()
            for task in first + tasks + [other] { _ = try await task.value }
        }
    }

    /// Pictures that take long have threads of their own, and keep no others waiting.
    @Test func shortPicturesWaitForNoLongOnes() async throws {
        try await withPool { pool, gate in
            let long = try (0..<4).map { try decode($0, pool, gate, context(session: UInt64($0)), side: 2048) }
            await gate.waitForBegun(2)
            await waitForQueue(pool, 2)
            let short = try (4..<6).map { try decode($0, pool, gate, context(session: UInt64($0))) }
            await gate.waitForBegun(4)
            #expect(gate.begun.withLock { $0.suffix(2).sorted() } == [4, 5])
            #expect(await pool.run { 7 } == 7)
            gate.open()
            for task in long + short { _ = try await task.value }
        }
    }

    /// Peers take turns, however many pictures one has sent.
    @Test func peersTakeTurns() async throws {
        try await withPool(decoders: 1) { pool, gate in
            let first = try decode(0, pool, gate, context())
            await gate.waitForBegun(1)
            var tasks: [Task<Int, any Error>] = []
            for number in 1...10 {
                tasks.append(try decode(number, pool, gate, context()))
                await waitForQueue(pool, number)
            }
            tasks.append(try decode(11, pool, gate, context(peer: 2)))
            await waitForQueue(pool, 11)
            gate.open()
            for task in [first] + tasks { _ = try await task.value }
            let place = try #require(gate.begun.withLock { $0.firstIndex(of: 11) })
            #expect(place <= 2)
        }
    }
}
