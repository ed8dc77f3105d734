import AnimoClient
import AnimoTestSupport
import AnimoWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct AnimoClientTests {
    /// Tries as often as the standard, without waiting.
    static let quick: RetryPolicy = {
        var policy = RetryPolicy()
        policy.firstDelay = .zero
        return policy
    }()

    static func client(_ server: StubServer) async throws -> AnimoClient {
        try await AnimoClient.connect(to: server.address, retry: quick)
    }

    @Test func aCallCarriesItsMessageAndTimeout() async throws {
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            #expect(call.method == .describe)
            let request = try Wire.DescribeRequest(decoding: call.request.payload)
            #expect(request.model == "demo")
            #expect((1...3_000_000_000).contains(call.request.timeoutNano))
            peer.send(.reply(Wire.DescribeReply(serverVersion: "7"), stream: call.stream))
        }
        let client = try await Self.client(server)
        #expect(try await client.describe(model: "demo", timeout: .seconds(3)).serverVersion == "7")
        await client.close()
        try await server.stop()
    }

    @Test func manyCallsShareOneConnectionAndMayBeAnsweredInAnyOrder() async throws {
        let held = Mutex<[(UInt32, String)]>([])
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            #expect(peer.number == 1)
            let name = try Wire.HealthCheckRequest(decoding: call.request.payload).service
            let all = held.withLock { held in
                held.append((call.stream, name))
                return held
            }
            guard all.count == 100 else { return }
            for (stream, name) in all.reversed() {
                let isEven = (Int(name) ?? 1) % 2 == 0
                peer.send(.reply(Wire.HealthCheckResponse(status: isEven ? .serving : .notServing), stream: stream))
            }
        }
        let client = try await Self.client(server)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let status = try await client.check(service: "\(number)").status
                    return status == (number % 2 == 0 ? .serving : .notServing)
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        await client.close()
    }

    @Test func errorsComeWithCodeWordsAndDetail() async throws {
        let error = RPCError(.notFound, .noSuchModel, "expected demo, got x", field: "model")
        let server = try await StubServer { action, peer in
            if case .call(let call) = action { peer.send(.failure(error, stream: call.stream)) }
        }
        let client = try await Self.client(server)
        await #expect(throws: error) { try await client.describe(model: "x") }
    }

    @Test(arguments: [
        RPCError(.unavailable, .starting, ""), RPCError(.resourceExhausted, .overloaded, "", retryAfterMs: 1),
    ])
    func whatMayPassIsTriedFourTimes(error: RPCError) async throws {
        let tries = Mutex(0)
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            tries.withLock { $0 += 1 }
            peer.send(.failure(error, stream: call.stream))
        }
        let client = try await Self.client(server)
        await #expect(throws: error) { try await client.check(timeout: .seconds(300)) }
        #expect(tries.withLock { $0 } == 4)
    }

    @Test func aRetryThatWouldComeTooLateIsNotWaitedFor() async throws {
        let error = RPCError(.resourceExhausted, .overloaded, "", retryAfterMs: 3_600_000)
        let server = try await StubServer { action, peer in
            if case .call(let call) = action { peer.send(.failure(error, stream: call.stream)) }
        }
        let client = try await Self.client(server)
        await #expect(throws: error) { try await client.check(timeout: .seconds(30)) }
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            if peer.number < 3 { return peer.close() }
            peer.send(.reply(Wire.HealthCheckResponse(status: .serving), stream: call.stream))
        }
        let client = try await Self.client(server)
        #expect(try await client.check(timeout: .seconds(300)).status == .serving)
    }

    @Test func aDaemonThatIsStartedAgainIsFound() async throws {
        let answer: StubServer.Answer = { action, peer in
            if case .call(let call) = action {
                peer.send(.reply(Wire.HealthCheckResponse(status: .serving), stream: call.stream))
                peer.close()
            }
        }
        let first = try await StubServer(answer: answer)
        let client = try await Self.client(first)
        #expect(try await client.check(timeout: .seconds(300)).status == .serving)
        try await first.stop()
        let second = try await StubServer(in: first.folder, answer: answer)
        #expect(try await client.check(timeout: .seconds(300)).status == .serving)
        try await second.stop()
    }

    @Test func silenceEndsAtTheDeadline() async throws {
        let server = try await StubServer { _, _ in }
        let client = try await Self.client(server)
        let error = await #expect(throws: RPCError.self) { try await client.check(timeout: .milliseconds(20)) }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test func cancellingTheTaskCancelsTheCallAtTheDaemon() async throws {
        let log = Log()
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            if call.method == .cancel {
                log.add("cancel \(try Wire.CancelRequest(decoding: call.request.payload).stream)")
                peer.send(.reply(Wire.CancelReply(found: true), stream: call.stream))
            } else {
                log.add("\(call.method) \(call.stream)")
            }
        }
        let client = try await Self.client(server)
        let task = Task { try await client.status() }
        #expect(await log.first(1) == ["status 1"])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await log.first(1) == ["cancel 1"])
    }

    @Test func nobodyThereIsSaidInWords() async throws {
        let path = try TemporaryFolder().path("s")
        let error = await #expect(throws: RPCError.self) {
            try await AnimoClient.connect(to: .unix(path), retry: Self.quick)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "cannot connect to unix:\(path): No such file or directory; is animod running?")
    }

    @Test func anUnreadableReplyFailsItsCallAlone() async throws {
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            let payload: [UInt8] = call.stream == 1 ? [0xFF] : []
            peer.send(.response(Wire.Response(payload: payload), stream: call.stream))
        }
        let client = try await Self.client(server)
        let error = await #expect(throws: RPCError.self) { try await client.check(timeout: .seconds(300)) }
        #expect(error?.code == .internal)
        #expect(try await client.check(timeout: .seconds(300)).status == .unknown)
    }

    @Test func aRequestLongerThanAnyFrameIsRefusedHere() async throws {
        let server = try await StubServer { _, _ in }
        let client = try await Self.client(server)
        let picture = Wire.Picture(data: [UInt8](repeating: 0, count: 1 << 24))
        let request = Wire.PutSourceRequest(source: Wire.SourcePicture(picture: picture))
        let error = await #expect(throws: RPCError.self) { try await client.putSource(request) }
        #expect(error?.reason == .frameTooLong)
    }

    @Test func aClosedClientSaysSo() async throws {
        let server = try await StubServer { _, _ in }
        let client = try await Self.client(server)
        await client.close()
        let error = await #expect(throws: RPCError.self) { try await client.check(timeout: .seconds(300)) }
        #expect(error?.code == .cancelled)
    }

    @Test func aClientThatIsLetGoClosesItsConnection() async throws {
        let log = Log()
        let server = try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            peer.channel.closeFuture.whenComplete { _ in log.add("closed") }
            peer.send(.reply(Wire.HealthCheckResponse(status: .serving), stream: call.stream))
        }
        do {
            let client = try await Self.client(server)
            #expect(try await client.check(timeout: .seconds(300)).status == .serving)
        }
        #expect(await log.first(1) == ["closed"])
    }
}
