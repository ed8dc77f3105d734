import AnimoClient
import AnimoWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct AnimateSessionTests {
    /// Renders every frame at once; asserts the window.
    static func server(window: UInt32, _ log: Log = Log()) async throws -> StubServer {
        try await StubServer { action, peer in
            switch action {
            case .call(let call): #expect(call.method == .animate && !call.remoteClosed)
            case .data(let stream, let body):
                let output: Wire.AnimateOutput.Kind
                switch try Wire.AnimateInput(decoding: body).kind {
                case .open(let open):
                    output = .opened(Wire.AnimateOpened(window: window, policy: open.policy))
                case .frame(let frame):
                    log.add("frame \(frame.seq)")
                    output = .result(
                        Wire.AnimateResult(seq: frame.seq, captureTime: frame.captureTime, outcome: .ok))
                case .change: output = .changed(Wire.AnimateChanged(message: "no"))
                case nil: return peer.send(.failure(RPCError(.invalidArgument, .malformed, ""), stream: stream))
                }
                peer.send(.data(Wire.AnimateOutput(kind: output), stream: stream), last: false)
            case .remoteClosed(let stream):
                log.add("end")
                peer.send(.end(stream: stream))
            default: break
            }
        }
    }

    @Test func everyFrameHasItsResultAndTheEndFollowsTheLast() async throws {
        let server = try await Self.server(window: 4)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.animate(Wire.AnimateOpen(policy: .queue))
        #expect(session.opened == Wire.AnimateOpened(window: 4, policy: .queue))
        let sender = Task {
            for number in 1...500 as ClosedRange<UInt16> {
                try await session.send(
                    Wire.AnimateFrame(captureTime: [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]))
            }
            try await session.finish()
        }
        var seqs: [UInt64] = []
        for try await output in session.outputs {
            guard case .result(let result) = output.kind else { continue }
            #expect(result.captureTime == [UInt8(result.seq >> 8), UInt8(truncatingIfNeeded: result.seq)])
            seqs.append(result.seq)
        }
        try await sender.value
        #expect(seqs == Array(1...500))
        await #expect(throws: RPCError.self) { try await session.send(Wire.AnimateFrame()) }
    }

    @Test func sendingWaitsForTheReaderOnceTheWindowIsFull() async throws {
        let log = Log()
        let server = try await Self.server(window: 2, log)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.animate(Wire.AnimateOpen())
        for _ in 0..<2 { try await session.send(Wire.AnimateFrame()) }
        let third = Task { try await session.send(Wire.AnimateFrame()) }
        #expect(await log.first(2) == ["frame 1", "frame 2"])
        var outputs = session.outputs.makeAsyncIterator()
        _ = try await outputs.next()
        try await third.value
        #expect(await log.first(1) == ["frame 3"])
        let fourth = Task { try await session.send(Wire.AnimateFrame()) }
        fourth.cancel()
        await #expect(throws: CancellationError.self) { try await fourth.value }
    }

    @Test func aChangeIsAnsweredInTheOutputs() async throws {
        let server = try await Self.server(window: 1)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.animate(Wire.AnimateOpen())
        try await session.change(Wire.AnimateChange())
        var outputs = session.outputs.makeAsyncIterator()
        #expect(try await outputs.next()?.kind == .changed(Wire.AnimateChanged(message: "no")))
    }

    @Test func numbersOfFramesMustRise() async throws {
        let server = try await Self.server(window: 4)
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.animate(Wire.AnimateOpen())
        try await session.send(Wire.AnimateFrame(seq: 5))
        let error = await #expect(throws: RPCError.self) { try await session.send(Wire.AnimateFrame(seq: 5)) }
        #expect(error?.reason == .sequence)
        try await session.send(Wire.AnimateFrame())
        var outputs = session.outputs.makeAsyncIterator()
        for seq in [5, 6] as [UInt64] {
            guard case .result(let result) = try await outputs.next()?.kind else { continue }
            #expect(result.seq == seq)
        }
    }

    @Test func aRefusedSessionIsAnError() async throws {
        let error = RPCError(.resourceExhausted, .tooManySessions, "expected at most 1 session")
        let server = try await StubServer { action, peer in
            if case .data(let stream, _) = action { peer.send(.failure(error, stream: stream)) }
        }
        let client = try await AnimoClient.connect(to: server.address)
        await #expect(throws: error) { try await client.animate(Wire.AnimateOpen()) }
    }

    @Test func aLostConnectionIsALostSession() async throws {
        let server = try await StubServer { action, peer in
            guard case .data(let stream, let body) = action else { return }
            if case .open = try Wire.AnimateInput(decoding: body).kind {
                let opened = Wire.AnimateOutput(kind: .opened(Wire.AnimateOpened(window: 1)))
                peer.send(.data(opened, stream: stream), last: false)
            } else {
                peer.close()
            }
        }
        let client = try await AnimoClient.connect(to: server.address)
        let session = try await client.animate(Wire.AnimateOpen())
        try await session.send(Wire.AnimateFrame())
        let error = await #expect(throws: RPCError.self) { try await session.send(Wire.AnimateFrame()) }
        #expect(error?.code == .unavailable)
        await #expect(throws: RPCError.self) { for try await _ in session.outputs {} }
    }

    @Test func aSessionThatIsLetGoEndsAtTheDaemon() async throws {
        let log = Log()
        let server = try await Self.server(window: 1, log)
        let client = try await AnimoClient.connect(to: server.address)
        do {
            let session = try await client.animate(Wire.AnimateOpen())
            try await session.send(Wire.AnimateFrame())
        }
        #expect(await log.first(2) == ["frame 1", "end"])
    }

    /// Answers the first `open` with these, later ones with a session.
    static func answering(
        _ outputs: [Wire.AnimateOutput.Kind], then end: @escaping @Sendable (UInt32) -> Frame
    ) async throws -> StubServer {
        let isFirst = Mutex(true)
        return try await StubServer { action, peer in
            guard case .data(let stream, _) = action else { return }
            let wasFirst = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            let opened = Wire.AnimateOutput.Kind.opened(Wire.AnimateOpened(window: 9))
            for output in wasFirst ? outputs : [opened] {
                peer.send(.data(Wire.AnimateOutput(kind: output), stream: stream), last: false)
            }
            if wasFirst { peer.send(end(stream)) }
        }
    }

    static let stopping = RPCError(.unavailable, .draining, "the server is stopping")

    @Test func aDaemonThatDrainsMayStillOpenTheSession() async throws {
        let server = try await Self.answering([
            .draining(Wire.AnimateDraining()), .opened(Wire.AnimateOpened(window: 2)),
        ]) { .failure(Self.stopping, stream: $0) }
        let client = try await AnimoClient.connect(to: server.address, retry: .never)
        let session = try await client.animate(Wire.AnimateOpen())
        #expect(session.opened.window == 2)
        var outputs = session.outputs.makeAsyncIterator()
        #expect(try await outputs.next()?.kind == .draining(Wire.AnimateDraining()))
        await #expect(throws: Self.stopping) { try await outputs.next() }
    }

    @Test(arguments: [false, true])
    func aDaemonThatDrainsBeforeItOpensIsTriedAgain(saysWhy: Bool) async throws {
        let server = try await Self.answering([.draining(Wire.AnimateDraining())]) { stream in
            saysWhy ? .failure(Self.stopping, stream: stream) : .end(stream: stream)
        }
        let client = try await AnimoClient.connect(to: server.address)
        #expect(try await client.animate(Wire.AnimateOpen()).opened.window == 9)
    }

    @Test func aResultBeforeTheSessionIsOpenBreaksTheProtocol() async throws {
        let server = try await Self.answering([.result(Wire.AnimateResult(seq: 1))]) { .end(stream: $0) }
        let client = try await AnimoClient.connect(to: server.address)
        let error = await #expect(throws: RPCError.self) { try await client.animate(Wire.AnimateOpen()) }
        #expect(error?.code == .internal)
    }

    @Test func silenceWhileOpeningEndsAtTheDeadline() async throws {
        let server = try await StubServer { _, _ in }
        let client = try await AnimoClient.connect(to: server.address)
        let error = await #expect(throws: RPCError.self) {
            try await client.animate(Wire.AnimateOpen(), timeout: .milliseconds(20))
        }
        #expect(error?.code == .deadlineExceeded)
    }
}
