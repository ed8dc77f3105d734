import AnimoClient
import AnimoWire
import Synchronization
import Testing

/// Sessions whose connections and daemons come and go.
@Suite(.timeLimit(.minutes(1))) struct ReconnectingSessionTests {
    /// Renders so many frames on a connection, and then drops it, or drains.
    static func fickle(after count: Int, draining: Bool, _ log: Log) async throws -> StubServer {
        let rendered = Mutex<[Int: Int]>([:])
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
                    let number = rendered.withLock { rendered in
                        rendered[peer.number, default: 0] += 1
                        return rendered[peer.number] ?? 0
                    }
                    guard number <= count else {
                        guard draining else { return peer.close() }
                        let error = RPCError(.unavailable, .draining, "the server is stopping")
                        return peer.send(.failure(error, stream: stream))
                    }
                    let result = Wire.AnimateResult(seq: frame.seq, captureTime: frame.captureTime, outcome: .ok)
                    peer.send(.data(Wire.AnimateOutput(kind: .result(result)), stream: stream), last: false)
                case .change(let change):
                    var changed = Wire.AnimateChanged()
                    if let quality = change.options?.jpegQuality, quality > 100 {
                        changed.message = "expected at most 100, got \(quality)"
                        changed.detail = Wire.ErrorDetail(reason: .outOfRange)
                    }
                    peer.send(.data(Wire.AnimateOutput(kind: .changed(changed)), stream: stream), last: false)
                case nil: break
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
        let session = try await client.lasting(
            try await client.hold(HeldSourceTests.request), Wire.AnimateOpen(policy: .queue))
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
        let sender = Task {
            try await session.change(Wire.AnimateChange(options: Wire.DrawOptions(jpegQuality: 55)))
            for _ in 1...4 { try await session.send(Wire.AnimateFrame()) }
            try await session.finish()
        }
        for try await _ in session.results {}
        try await sender.value
        #expect(await log.first(2) == ["open 0", "open 55"])
        await client.close()
    }

    @Test func aChangeThatIsRefusedIsSaidAndNotMadeAgain() async throws {
        let log = Log()
        let server = try await Self.fickle(after: 2, draining: false, log)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(try await client.hold(HeldSourceTests.request))
        let sender = Task {
            let error = await #expect(throws: RPCError.self) {
                try await session.change(Wire.AnimateChange(options: Wire.DrawOptions(jpegQuality: 200)))
            }
            #expect(error?.code == .invalidArgument && error?.reason == .outOfRange)
            for _ in 1...4 { try await session.send(Wire.AnimateFrame()) }
            try await session.finish()
        }
        for try await _ in session.results {}
        try await sender.value
        #expect(await log.first(2) == ["open 0", "open 0"])
        await client.close()
    }

    // MARK: Sessions told message by message

    /// Opens every session with a window of 3, and asks `answer` what to send: nil loses the connection.
    static func server(
        _ log: Log = Log(),
        answer: @escaping @Sendable (_ session: Int, Wire.AnimateInput.Kind) -> [Wire.AnimateOutput.Kind]?
    ) async throws -> StubServer {
        try await StubServer { action, peer in
            switch action {
            case .call(let call) where call.method == .putSource:
                peer.send(.reply(Wire.PutSourceReply(source: Wire.PreparedSource(id: [7])), stream: call.stream))
            case .call(let call) where call.method == .healthCheck:
                peer.send(.reply(Wire.HealthCheckResponse(status: .serving), stream: call.stream))
            case .data(let stream, let body):
                guard let kind = try Wire.AnimateInput(decoding: body).kind else { return peer.close() }
                switch kind {
                case .open(let open): log.add("open \(open.options?.jpegQuality ?? 0)")
                case .frame(let frame): log.add("frame \(frame.seq)")
                case .change(let change): log.add("change \(change.options?.jpegQuality ?? 0)")
                }
                guard let outputs = answer(peer.number, kind) else { return peer.close() }
                for output in outputs {
                    peer.send(.data(Wire.AnimateOutput(kind: output), stream: stream), last: false)
                }
            case .remoteClosed(let stream): peer.send(.end(stream: stream))
            default: break
            }
        }
    }

    static func rendered(_ frame: Wire.AnimateFrame) -> Wire.AnimateOutput.Kind {
        .result(Wire.AnimateResult(seq: frame.seq, captureTime: frame.captureTime, outcome: .ok))
    }

    static let opened = Wire.AnimateOutput.Kind.opened(Wire.AnimateOpened(window: 3))

    @Test func sendingFailsOnceTheSessionIsLostForGood() async throws {
        let refusal = RPCError(.failedPrecondition, .noEstimator, "no more")
        let server = try await StubServer { action, peer in
            switch action {
            case .call(let call) where call.method == .putSource:
                peer.send(.reply(Wire.PutSourceReply(source: Wire.PreparedSource(id: [7])), stream: call.stream))
            case .data(let stream, let body):
                guard case .open = try Wire.AnimateInput(decoding: body).kind else { return peer.close() }
                guard peer.number == 1 else { return peer.send(.failure(refusal, stream: stream)) }
                peer.send(.data(Wire.AnimateOutput(kind: Self.opened), stream: stream), last: false)
            default: break
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(try await client.hold(HeldSourceTests.request))
        // More than the window: the sender waits when the session is lost.
        let sender = Task { while true { try await session.send(Wire.AnimateFrame()) } }
        await #expect(throws: refusal) { for try await _ in session.results {} }
        await #expect(throws: refusal) { try await sender.value }
        await #expect(throws: refusal) { try await session.send(Wire.AnimateFrame()) }
        await #expect(throws: refusal) { try await session.change(Wire.AnimateChange(options: Wire.DrawOptions())) }
        await client.close()
    }

    @Test func sendingWaitsForTheReaderWhileThereIsNoSession() async throws {
        let server = try await Self.server { session, kind in
            switch kind {
            case .open: [Self.opened]
            case .frame(let frame): session == 1 ? nil : [Self.rendered(frame)]
            case .change: []
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(
            try await client.hold(HeldSourceTests.request), Wire.AnimateOpen(policy: .queue))
        for _ in 1...3 { try await session.send(Wire.AnimateFrame()) }
        // Answered on another connection: the first is lost.
        _ = try await client.check()
        let fourth = Task { try await session.send(Wire.AnimateFrame()) }
        fourth.cancel()
        await #expect(throws: CancellationError.self) { try await fourth.value }
        let sender = Task {
            try await session.send(Wire.AnimateFrame(captureTime: [4]))
            try await session.finish()
        }
        var results: [Wire.AnimateResult] = []
        for try await result in session.results { results.append(result) }
        try await sender.value
        #expect(results.map(\.seq) == [1, 2, 3, 4])
        #expect(results.last?.captureTime == [4])
        await client.close()
    }

    @Test func aChangeWithoutAnAnswerIsMadeAgainInItsPlace() async throws {
        let log = Log()
        let server = try await Self.server(log) { session, kind in
            switch kind {
            case .open: [Self.opened]
            case .frame(let frame): session == 1 ? [] : [Self.rendered(frame)]
            case .change: session == 1 ? nil : [.changed(Wire.AnimateChanged())]
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(
            try await client.hold(HeldSourceTests.request), Wire.AnimateOpen(policy: .queue))
        let sender = Task {
            for _ in 1...2 { try await session.send(Wire.AnimateFrame()) }
            try await session.change(Wire.AnimateChange(options: Wire.DrawOptions(jpegQuality: 55)))
            try await session.send(Wire.AnimateFrame())
            try await session.finish()
        }
        for try await _ in session.results {}
        try await sender.value
        #expect(
            await log.first(9) == [
                "open 0", "frame 1", "frame 2", "change 55",
                "open 0", "frame 1", "frame 2", "change 55", "frame 3",
            ])
        await client.close()
    }

    @Test func ofLostFramesThePolicyLatestSendsTheNewest() async throws {
        let log = Log()
        let server = try await Self.server(log) { session, kind in
            switch kind {
            case .open: [Self.opened]
            case .frame(let frame) where session == 1: frame.seq == 3 ? nil : []
            case .frame(let frame): [Self.rendered(frame)]
            case .change: []
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(
            try await client.hold(HeldSourceTests.request), Wire.AnimateOpen(policy: .latest))
        for number in 1...3 as ClosedRange<UInt8> { try await session.send(Wire.AnimateFrame(captureTime: [number])) }
        try await session.finish()
        var results: [Wire.AnimateResult] = []
        for try await result in session.results { results.append(result) }
        #expect(results.map(\.seq) == [1, 2, 3])
        #expect(results.map(\.captureTime) == [[1], [2], [3]])
        #expect(results.map(\.outcome) == [.dropped, .dropped, .ok])
        #expect(await log.first(6) == ["open 0", "frame 1", "frame 2", "frame 3", "open 0", "frame 3"])
        await client.close()
    }

    @Test func motionIsToldAgainstTheFirstFrameInEverySession() async throws {
        let opens = Mutex<[Wire.AnimateOpen]>([])
        let server = try await Self.server { session, kind in
            switch kind {
            case .open(let open):
                opens.withLock { $0.append(open) }
                return [Self.opened]
            case .frame(let frame): return session == 1 && frame.seq == 2 ? nil : [Self.rendered(frame)]
            case .change: return []
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.lasting(
            try await client.hold(HeldSourceTests.request),
            Wire.AnimateOpen(policy: .queue, relative: Wire.Relative(adaptScale: true)))
        let drivers = [1, 2].map { Wire.Driver(kind: .pose(Wire.Pose(values: [$0]))) }
        let sender = Task {
            for driver in drivers { try await session.send(Wire.AnimateFrame(driver: driver)) }
            try await session.finish()
        }
        for try await _ in session.results {}
        try await sender.value
        #expect(
            opens.withLock { $0.map(\.relative) } == [
                Wire.Relative(adaptScale: true), Wire.Relative(neutral: drivers[0], adaptScale: true),
            ])
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
