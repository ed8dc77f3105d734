import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

/// An orderly stop: nothing that was accepted is lost, and nobody holds it up.
struct DrainTests {
    @Test func aReplyLargerThanTheSocketHoldsIsSentWhole() async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            let side = 1000
            let picture = Wire.Picture(
                format: .rgb8, data: [UInt8](repeating: 9, count: side * side * 3), width: UInt32(side),
                height: UInt32(side))
            let request = Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(Wire.SourcePicture(picture: picture, domain: .anime))),
                driver: .motion(1), options: Wire.DrawOptions(pasteBack: true))
            server.engine.close()
            raw.send(.request(.of(.reenact, request), stream: 1))
            _ = await next(server.engine.begun)
            await server.group.triggerGracefulShutdown()
            server.engine.open()
            // Nobody reads yet: a server that takes the reply for sent once its own buffers have it hangs up now.
            #expect(await !raw.isHungUp(within: 500))
            let response = try await Wire.Response(decoding: raw.receive().body)
            #expect(try Wire.ReenactReply(decoding: response.payload).picture?.data.count == side * side * 3)
            await raw.waitForEnd()
        }
    }

    /// Connections that are accepted at the very moment of the stop find nobody to serve them.
    @Test func clientsMayConnectWhileTheServerStops() async throws {
        for _ in 0..<20 {
            try await withServer { server in
                async let crowd: Int = runBlocking {
                    (0..<500).count { _ in (try? RawSocket(server.address)) != nil }
                }
                await server.group.triggerGracefulShutdown()
                let connected = try await crowd
                #expect(connected <= 500)
            }
        }
    }

    /// The drain comes while the session's source is being prepared: it hears that it is open before that it is to end.
    @Test func aSessionThatIsBeingOpenedIsOpenBeforeItIsToldToEnd() async throws {
        try await withServer { server in
            let client = try await server.client()
            let other = try await client.animate(
                Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(8))), policy: .queue))
            server.engine.close()
            try await other.send(Wire.AnimateFrame(driver: .motion(1)))
            _ = await next(server.engine.begun)
            let waiting = server.server.scheduler.backlog.jobs
            let raw = try RawSocket(server.address)
            raw.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen))
            let open = Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))), policy: .queue)
            raw.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
            while server.server.scheduler.backlog.jobs == waiting { await Task.yield() }
            _ = try await client.drain()
            server.engine.open()
            let kinds = try await runBlocking {
                var kinds: [String] = []
                while true {
                    let frame = try raw.receive()
                    if frame.kind == .response { return kinds + ["end"] }
                    switch try Wire.AnimateOutput(decoding: frame.body).kind {
                    case .opened: kinds.append("opened")
                    case .draining: kinds.append("draining")
                    default: kinds.append("other")
                    }
                }
            }
            #expect(kinds == ["opened", "draining", "end"])
            await client.close()
        }
    }

    @Test func aDrainTakesNoMoreWorkUntilItIsUndone() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(
                Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))), policy: .queue))
            server.engine.close()
            try await session.send(Wire.AnimateFrame(driver: .motion(1)))
            _ = await next(server.engine.begun)
            #expect(try await client.drain() == Wire.DrainReply(state: "draining", calls: 1))
            #expect(server.server.agentAnswer == .drain)
            #expect(try await client.check().status == .notServing)
            #expect(try await client.status().state == "draining")
            let refused = await #expect(throws: RPCError.self) { try await client.describe() }
            #expect(refused?.code == .unavailable)
            #expect(refused?.reason == .draining)

            server.engine.open()
            var kinds: [String] = []
            let ended = await #expect(throws: RPCError.self) {
                for try await output in session.outputs {
                    if case .result(let result) = output.kind { kinds.append("\(result.outcome)") }
                    if case .draining = output.kind { kinds.append("draining") }
                }
            }
            #expect(kinds == ["draining", "ok"])
            #expect(ended?.code == .unavailable)

            while try await client.drain().calls > 0 {}
            #expect(server.server.agentAnswer == .maintenance)
            #expect(try await client.drain(resume: true).state == "serving")
            #expect(try await client.describe().models.count == 1)
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }

    /// Those that connect while the drain begins, and after it, get no work done either, and do once it is undone.
    @Test func whoConnectsWhileItDrainsWaitsLikeTheRest() async throws {
        try await withServer { server in
            let client = try await server.client()
            async let crowd = runBlocking { try (0..<100).map { _ in try RawSocket(server.address) } }
            _ = try await client.drain()
            let late = try RawSocket(server.address)
            let sockets = try await crowd + [late]
            func describe(stream: UInt32) async throws -> [RPCError?] {
                try await runBlocking {
                    try sockets.map { socket in
                        try socket.call(.describe, Wire.DescribeRequest(), stream: stream).status
                            .map(RPCError.init(status:))
                    }
                }
            }
            #expect(try await describe(stream: 1).allSatisfy { $0?.reason == .draining })
            _ = try await client.drain(resume: true)
            #expect(try await describe(stream: 3).allSatisfy { $0 == nil })
            await client.close()
        }
    }

    @Test func aServerThatStopsDoesNotServeAgain() async throws {
        try await withServer { server in
            let client = try await server.client()
            server.engine.close()
            async let reply = client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(2)))
            _ = await next(server.engine.begun)
            await server.group.triggerGracefulShutdown()
            while try await client.check().status == .serving {}
            #expect(try await client.drain(resume: true).state == "draining")
            server.engine.open()
            _ = try await reply
            await client.close()
        }
    }

    @Test func aWatchIsToldAndEnded() async throws {
        try await withServer(drainSeconds: 600) { server in
            let raw = try RawConnection(path: server.path)
            for (stream, name) in [(1, ""), (3, "nobody")] as [(UInt32, String)] {
                raw.send(.request(.of(.healthWatch, Wire.HealthCheckRequest(service: name)), stream: stream))
                _ = try await raw.receive()
            }
            await server.group.triggerGracefulShutdown()
            let told = try await raw.receive()
            #expect(try Wire.HealthCheckResponse(decoding: told.body).status == .notServing)
            var ended: Set<UInt32> = []
            while let frame = try? await raw.receive() {
                let status = try Wire.Response(decoding: frame.body).status
                #expect(status.map(RPCError.init(status:))?.code == .unavailable)
                ended.insert(frame.stream)
            }
            #expect(ended == [1, 3])
        }
    }
}

extension Wire.Request {
    /// A call of `method` with no deadline of its own.
    static func of(_ method: AnimoWire.Method, _ message: some WireMessage, timeoutNano: Int64 = 0) -> Wire.Request {
        Wire.Request(
            service: method.service, method: method.name, payload: message.encoded(), timeoutNano: timeoutNano)
    }
}
