import AnimoClient
import AnimoTestSupport
import AnimoWire
import NIOCore
import Synchronization
import Testing

@testable import AnimoServer

/// Row 13, inside the server: how long the engine thread has given no sign of life.
struct EngineSilenceTests {
    private let later = NIODeadline.now() + .hours(1)

    @Test func anIdleEngineIsNotSilentHoweverLong() async throws {
        try await withServer { server in
            let client = try await server.client()
            _ = try await client.putSource(Wire.PutSourceRequest(source: .plain(1)))
            while server.server.scheduler.stallDuration(at: later) != .zero { await Task.yield() }
            await client.close()
        }
    }

    @Test func anEngineAtOneBatchIsSilentUntilItHasDrawnIt() async throws {
        try await withServer { server in
            let client = try await server.client()
            let held = try await client.hold(Wire.PutSourceRequest(source: .plain(1)))
            server.engine.close()
            async let drawn = client.reenact(held, .motion(2))
            _ = await next(server.engine.begun)
            #expect(server.server.scheduler.stallDuration(at: later) > .minutes(59))
            // Neither more work nor a probe hides it.
            await server.server.scheduler.probe()
            await #expect(throws: RPCError.self) {
                try await client.reenact(held, .motion(3), timeout: .milliseconds(50))
            }
            #expect(server.server.scheduler.stallDuration(at: later) > .minutes(59))
            #expect(try await client.status().engineBusySeconds > 0)
            server.engine.open()
            _ = try await drawn
            while server.server.scheduler.stallDuration(at: later) != .zero { await Task.yield() }
            await client.close()
        }
    }

    /// A probe is answered by the engine's own thread, which has nothing else to do.
    @Test func aKnockIsHeard() async throws {
        try await withServer { server in
            for _ in 0..<100 {
                await server.server.scheduler.probe()
                while server.server.scheduler.stallDuration(at: later) != .zero { await Task.yield() }
            }
        }
    }
}

/// Connections that were rejected or closed by the server are all counted, and seldom told of.
struct ConnectionErrorLogTests {
    @Test func eachReasonIsToldOfOnceAMinuteWithAllThatCameSince() {
        let told = Mutex<[String]>([])
        let counters = Counters()
        let troubles = ConnectionErrorLog(counters: counters) { event in
            switch event {
            case .rejected(let reason, let count): told.withLock { $0.append("\(reason) \(count)") }
            case .closedByServer(let reason, let count): told.withLock { $0.append("\(reason) \(count)") }
            default: break
            }
        }
        let start = NIODeadline.now()
        for second in 0..<150 {
            troubles.note(BrokenConnection.stalledOutput, at: start + .seconds(Int64(second)))
            if second == 10 { troubles.note(RefusedConnection.limit, at: start + .seconds(10)) }
        }
        #expect(told.withLock { $0 } == ["stalledOutput 1", "limit 1", "stalledOutput 60", "stalledOutput 60"])
        #expect(counters.troubles.map(\.0).sorted() == ["limit", "stalled_output"])
        #expect(counters.troubles.map(\.1).reduce(0, +) == 151)
    }
}
