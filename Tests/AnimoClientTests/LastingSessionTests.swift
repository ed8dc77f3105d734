import AnimoClient
import AnimoWire
import Synchronization
import Testing

/// Sessions whose connections and daemons come and go.
@Suite(.timeLimit(.minutes(1))) struct LastingSessionTests {
    /// Draws so many frames on a connection, and then drops it, or drains.
    static func fickle(after count: Int, draining: Bool, _ log: Log) async throws -> StubServer {
        let drawn = Mutex<[Int: Int]>([:])
        return try await StubServer { action, peer in
            switch action {
            case .call(let call) where call.method == .putSource:
                peer.send(.reply(Wire.PutSourceReply(source: Wire.PreparedSource(id: [7])), stream: call.stream))
            case .data(let stream, let body):
                switch try Wire.AnimateInput(decoding: body).kind {
                case .open(let open):
                    #expect(open.source == Wire.Source(kind: .id([7])))
                    log.add("open \(open.options?.jpegQuality ?? 0)")
                    peer.send(
                        .data(Wire.AnimateOutput(kind: .opened(Wire.AnimateOpened(window: 3))), stream: stream),
                        last: false)
                case .frame(let frame):
                    let number = drawn.withLock { drawn in
                        drawn[peer.number, default: 0] += 1
                        return drawn[peer.number] ?? 0
                    }
                    guard number <= count else {
                        guard draining else { return peer.close() }
                        let error = RPCError(.unavailable, .draining, "the server is stopping")
                        return peer.send(.failure(error, stream: stream))
                    }
                    let result = Wire.AnimateResult(seq: frame.seq, captureTime: frame.captureTime, outcome: .ok)
                    peer.send(.data(Wire.AnimateOutput(kind: .result(result)), stream: stream), last: false)
                default: break
                }
            case .remoteClosed(let stream): peer.send(.end(stream: stream))
            default: break
            }
        }
    }

    @Test(arguments: [1, 5, 12], [false, true])
    func everyFrameGetsOneResultHoweverOftenItIsLost(after count: Int, draining: Bool) async throws {
        let server = try await Self.fickle(after: count, draining: draining, Log())
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(try await client.hold(HeldSourceTests.request))
        let sender = Task {
            for number in 1...40 as ClosedRange<UInt8> {
                try await session.send(Wire.AnimateFrame(captureTime: [number]))
            }
            try await session.finish()
        }
        var results: [Wire.AnimateResult] = []
        for try await result in session.results { results.append(result) }
        try await sender.value
        #expect(results.map(\.seq) == Array(1...40))
        #expect(results.map(\.captureTime) == (1...40).map { [$0] })
        #expect(session.reopened >= 39 / count - 1)
        await client.close()
    }

    @Test func aChangeOutlivesTheSessionItWasMadeIn() async throws {
        let log = Log()
        let server = try await Self.fickle(after: 2, draining: false, log)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(try await client.hold(HeldSourceTests.request))
        try await session.change(Wire.DrawOptions(jpegQuality: 55))
        let sender = Task {
            for _ in 1...4 { try await session.send(Wire.AnimateFrame()) }
            try await session.finish()
        }
        for try await _ in session.results {}
        try await sender.value
        #expect(await log.first(2) == ["open 0", "open 55"])
        await client.close()
    }

    @Test func healthIsWatchedUntilTheConnectionIsLost() async throws {
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            #expect(call.method == .healthWatch)
            for status in [Wire.HealthCheckResponse.ServingStatus.serving, .notServing] {
                peer.send(.data(Wire.HealthCheckResponse(status: status), stream: call.stream), last: false)
            }
            peer.send(
                .failure(RPCError(.unavailable, .draining, "the server is stopping"), stream: call.stream))
        }
        let client = try await AnimoClient.connect(to: server.address)
        var seen: [Wire.HealthCheckResponse.ServingStatus] = []
        let error = await #expect(throws: RPCError.self) {
            for try await status in try await client.watch() { seen.append(status) }
        }
        #expect(seen == [.serving, .notServing])
        #expect(error?.code == .unavailable)
        await client.close()
    }
}
