import AnimoFaultInjection
import AnimoClient
import AnimoConcurrency
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// Clients that close their half of a connection are answered; those that close it all are not computed for.
struct HalfClosedTests {
    private static let drawing = Wire.ReenactRequest(
        source: Wire.Source(kind: .picture(.plain(5))), driver: .motion(9))

    private func withBoth(_ body: @Sendable (TestServer, Address) async throws -> Void) async throws {
        for isTCP in [false, true] {
            try await withServer(configure: { configuration, _ in
                configuration.listeners.append(.address(.tcp(host: "127.0.0.1", port: 0)))
            }) { server in
                try await body(server, try #require(server.bound.serving.first { ($0 == server.address) != isTCP }))
            }
        }
    }

    @Test func aCallIsAnswered() async throws {
        try await withBoth { server, address in
            let socket = try RawSocket(address)
            server.engine.close()
            socket.send(.request(.of(.reenact, Self.drawing), stream: 1))
            socket.finishSending()
            _ = await next(server.engine.begun)
            server.engine.open()
            let response = try await runBlocking { try Wire.Response(decoding: socket.receive().body) }
            let reply = try Wire.ReenactReply(decoding: response.payload)
            #expect(reply.picture?.data.prefix(3) == [5, 9, 0])
            try await runBlocking { _ = #expect(throws: RawSocket.Ended.self) { try socket.receive() } }
        }
    }

    @Test func aSessionGetsAllItsResults() async throws {
        try await withBoth { server, address in
            let socket = try RawSocket(address)
            socket.send(
                .request(Wire.Request(service: "animo.v1.Animo", method: "Animate"), stream: 1, flags: .remoteOpen))
            let open = Wire.AnimateOpen(source: Self.drawing.source, policy: .queue)
            socket.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
            for seq in 1...3 as ClosedRange<UInt64> {
                let frame = Wire.AnimateFrame(seq: seq, driver: .motion(Float(seq)))
                socket.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: 1))
            }
            socket.finishSending()
            let frames = try await runBlocking { try (0..<5).map { _ in try socket.receive() } }
            let outcomes = try frames.dropLast().compactMap { frame -> Wire.Outcome? in
                guard case .result(let result) = try Wire.AnimateOutput(decoding: frame.body).kind else { return nil }
                return result.outcome
            }
            #expect(outcomes == [.ok, .ok, .ok])
            #expect(frames.last?.flags.contains(.remoteClosed) == true)
        }
    }

    /// A watch never ends by itself, and would keep the connection of one that is gone.
    @Test func aWatchEnds() async throws {
        try await withBoth { _, address in
            let socket = try RawSocket(address)
            let payload = Wire.HealthCheckRequest().encoded()
            socket.send(
                .request(
                    Wire.Request(service: Method.healthWatch.service, method: "Watch", payload: payload), stream: 1))
            socket.finishSending()
            try await runBlocking { while (try? socket.receive()) != nil {} }
        }
    }

    @Test func whatNobodyWillReadIsWithdrawn() async throws {
        try await withServer { server in
            server.engine.close()
            let client = try await server.client()
            async let first = client.reenact(Self.drawing)
            _ = await next(server.engine.begun)
            var socket: RawSocket? = try RawSocket(server.address)
            socket?.send(.request(.of(.reenact, Self.drawing), stream: 1))
            await server.waitForQueue { $0 == 1 }
            socket?.finishSending()
            socket = nil
            // The engine stands still meanwhile.
            await server.waitForQueue { $0 == 0 }
            server.engine.open()
            _ = try await first
            // Not because it was too late.
            var ends: [String] = []
            while ends.count < 2 {
                ends = try await client.status().requests.map(\.name).filter { $0.hasPrefix("Reenact") }
            }
            #expect(ends == ["Reenact CANCELLED", "Reenact OK"])
            await client.close()
        }
    }

    /// Over TCP a connection that was closed looks like one whose half was, until an answer is refused: from then on
    /// nothing is computed for it.
    @Test func overTCPARefusedAnswerTellsThatNobodyWillRead() async throws {
        try await withBoth { server, address in
            server.engine.close()
            let client = try await server.client()
            async let first = client.reenact(Self.drawing)
            _ = await next(server.engine.begun)
            var socket: RawSocket? = try RawSocket(address)
            for stream in [1, 3, 5] as [UInt32] {
                socket?.send(.request(.of(.reenact, Self.drawing), stream: stream))
            }
            await server.waitForQueue { $0 == 3 }
            socket?.send(.request(.of(.healthCheck, Wire.HealthCheckRequest()), stream: 7))
            socket = nil
            // The engine stands still meanwhile.
            await server.waitForQueue { $0 == 0 }
            server.engine.open()
            _ = try await first
            await client.close()
        }
    }

    /// Whoever looks whether somebody listens is no trouble.
    @Test func connectingAndClosingIsNoTrouble() async throws {
        try await withBoth { server, address in
            for _ in 0..<100 { _ = try RawSocket(address) }
            let client = try await server.client()
            #expect(try await client.status().troubles.isEmpty)
            await client.close()
        }
    }
}
