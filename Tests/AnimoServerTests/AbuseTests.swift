import AnimoMotion
import AnimoClient
import AnimoPictures
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// What no honest client sends. After each of it a plain good call must succeed.
struct AbuseTests {
    static let nonsense: [(String, [UInt8])] = [
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
        ("a TLS hello", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]),
        ("ones", [UInt8](repeating: 1, count: 1000)),
        ("an even stream, twice", [0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0]),
        ("data on no stream, twice", [0, 0, 0, 0, 0, 0, 0, 9, 3, 0, 0, 0, 0, 0, 0, 0, 0, 9, 3, 0]),
    ]

    @Test(arguments: nonsense)
    func nonsenseIsCutOff(name: String, bytes: [UInt8]) async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            raw.send(bytes)
            await raw.waitForEnd()
            let client = try await server.client()
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }

    @Test func halfAFrameHarmsNobody() async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            raw.send([0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 2, 3])
            let client = try await server.client()
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }

    @Test func aFrameBeyondTheLimitCostsItsStreamAlone() async throws {
        var limits = ServerLimits()
        limits.frameBytes = 65536
        try await withServer(limits: limits) { server in
            let raw = try RawConnection(path: server.path)
            raw.send([0, 1, 0, 1, 0, 0, 0, 1, 1, 0])
            raw.send([UInt8](repeating: 7, count: 65537))
            let answer = try await raw.receive()
            let status = try #require(try Wire.Response(decoding: answer.body).status)
            #expect(RPCError(status: status).reason == .frameTooLong)
            let payload = Wire.HealthCheckRequest().encoded()
            raw.send(
                .request(
                    Wire.Request(service: Method.healthCheck.service, method: "Check", payload: payload), stream: 3))
            #expect(try await raw.receive().stream == 3)
        }
    }

    @Test func unknownMethodsAreUnimplemented() async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            for (stream, service) in [(1, "animo.v1.Animo"), (3, "nobody")] as [(UInt32, String)] {
                raw.send(.request(Wire.Request(service: service, method: "Nothing"), stream: stream))
                let status = try #require(try await Wire.Response(decoding: raw.receive().body).status)
                #expect(RPCError(status: status).code == .unimplemented)
            }
        }
    }

    /// SplitMix64 nonsense of every length, some of it framed, and a good client beside it.
    @Test(arguments: 0..<20)
    func randomBytesNeverTakeTheServerDown(seed: Int) async throws {
        try await withServer { server in
            var random = SplitMix64(state: UInt64(seed))
            let client = try await server.client()
            for _ in 0..<10 {
                let raw = try RawConnection(path: server.path)
                for stream in stride(from: 1, to: 12, by: 2) as StrideTo<UInt32> {
                    let body = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    let kind = [Frame.Kind.request, .data, .response].randomElement(using: &random) ?? .request
                    let method = Method.allCases.randomElement(using: &random) ?? .reenact
                    if Bool.random(using: &random) {
                        raw.send(
                            .request(
                                Wire.Request(service: method.service, method: method.name, payload: body),
                                stream: stream, flags: method.shape == .unary ? [] : .remoteOpen))
                    } else {
                        raw.send(Frame(stream: stream, kind: kind, body: ByteBuffer(bytes: body)))
                    }
                }
                #expect(try await client.check().status == .serving, "seed \(seed)")
            }
            await client.close()
        }
    }

    @Test func whatABrokenSessionHasReadStillGetsItsResultsBeforeTheEnd() async throws {
        var limits = ServerLimits()
        limits.frameBytes = 65536
        try await withServer(limits: limits) { server in
            let raw = try RawConnection(path: server.path)
            server.engine.close()
            raw.send(
                .request(Wire.Request(service: "animo.v1.Animo", method: "Animate"), stream: 1, flags: .remoteOpen))
            let open = Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))), policy: .queue)
            raw.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
            _ = try await raw.receive()
            for seq in 1...2 as ClosedRange<UInt64> {
                let frame = Wire.AnimateFrame(seq: seq, driver: .motion(Float(seq)))
                raw.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: 1))
                if seq == 1 { _ = await next(server.engine.begun) }
            }
            raw.send(Frame(stream: 1, kind: .data, body: ByteBuffer(repeating: 0, count: 65537)))
            try await server.waitForFrames("cancelled", 1)
            server.engine.open()
            var outcomes: [Wire.Outcome] = []
            while case let frame = try await raw.receive() {
                if frame.kind == .response {
                    let status = try #require(try Wire.Response(decoding: frame.body).status)
                    #expect(RPCError(status: status).reason == .frameTooLong)
                    break
                }
                guard case .result(let result) = try Wire.AnimateOutput(decoding: frame.body).kind else { continue }
                outcomes.append(result.outcome)
            }
            #expect(outcomes == [.ok, .cancelled])
        }
    }

    @Test func aPictureBeyondTheFrameIsRefusedInWords() async throws {
        var limits = ServerLimits()
        limits.frameBytes = 65536
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let plain = Picture(width: 512, height: 512, filledWith: (1, 2, 3))
            let png = Wire.Picture(format: .png, data: try PictureEncoder.encode(plain, as: .png))
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(
                    Wire.ReenactRequest(
                        source: Wire.Source(kind: .picture(Wire.SourcePicture(picture: png, domain: .anime))),
                        driver: .motion(1), options: Wire.DrawOptions(format: .rgb8, pasteBack: true)))
            }
            #expect(error?.code == .resourceExhausted)
            #expect(error?.reason == .frameTooLong)
            #expect(error?.detail?.actual == Double(512 * 512 * 3))
            await client.close()
        }
    }

    @Test func tooManyConnectionsAreTurnedAway() async throws {
        var limits = ServerLimits()
        limits.connections = 1
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            #expect(try await client.check().status == .serving)
            for _ in 0..<50 { try await RawConnection(path: server.path).waitForEnd() }
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }

    @Test(arguments: [.max, .min, -1] as [Int64])
    func anyTimeoutIsServedOrRefused(timeout: Int64) async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            let source = Wire.Source(kind: .picture(.plain(1)))
            let request = Wire.ReenactRequest(source: source, driver: .motion(1))
            raw.send(.request(.of(.reenact, request, timeoutNano: timeout), stream: 1))
            #expect(try await Wire.Response(decoding: raw.receive().body).status == nil)
            raw.send(
                .request(Wire.Request(service: "animo.v1.Animo", method: "Animate"), stream: 3, flags: .remoteOpen))
            raw.send(.data(Wire.AnimateInput(kind: .open(Wire.AnimateOpen(source: source))), stream: 3))
            _ = try await raw.receive()
            let frame = Wire.AnimateFrame(seq: 1, timeoutNano: timeout, driver: .motion(1))
            raw.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: 3))
            let answer = try await raw.receive()
            #expect(answer.kind == (timeout > 0 ? .data : .response))
        }
    }

    @Test func aQueueThatIsFullRefusesWithATimeToRetry() async throws {
        var limits = ServerLimits()
        limits.queueSeconds = 0.01
        limits.callsPerConnection = 64
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            server.engine.close()
            // A first drawing that takes long teaches the schedule what drawings cost.
            let slow = Task { try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1))) }
            _ = await next(server.engine.begun)
            try await Task.sleep(for: .milliseconds(30))
            server.engine.open()
            _ = try await slow.value
            server.engine.close()
            async let held = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            async let queued = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(2)))
            await server.waitForQueue { $0 >= 1 }
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(3)))
            }
            #expect(error?.reason == .overloaded)
            #expect((error?.detail?.retryAfterMs ?? 0) > 0)
            server.engine.open()
            _ = try await held
            _ = try await queued
            await client.close()
        }
    }
}
