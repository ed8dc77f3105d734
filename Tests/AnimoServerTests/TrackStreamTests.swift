import AnimoFaultInjection
import AnimoCheckpoint
import AnimoClient
import AnimoCompute
import AnimoConcurrency
import AnimoModel
import AnimoModelFile
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// Streams of pictures whose heads are read, through a real socket, by a tracker of seeded weights that finds none.
struct TrackStreamTests {
    private static let tracker = Result {
        let file = try ModelFile(bytes: try ModelConversion.convert(FileBytes(FaceTaskBuilder(seed: 5).task)))
        return try #require(try file.headTracker(pool: WorkerPool(threads: 1)))
    }

    private static func engine() throws -> FakeEngine { FakeEngine(tracker: try tracker.get()) }

    /// Messages of the stream until its end.
    private func outcome(of raw: RawSocket) async throws -> ([Wire.TrackOutput], Wire.Status?) {
        try await runBlocking {
            var outputs: [Wire.TrackOutput] = []
            while true {
                let frame = try raw.receive()
                if frame.kind == .response { return (outputs, try Wire.Response(decoding: frame.body).status) }
                outputs.append(try Wire.TrackOutput(decoding: frame.body))
            }
        }
    }

    /// A stream that is opened and given pictures in one write.
    private func send(_ pictures: [Wire.Picture], to raw: RawSocket) {
        var frames: [Frame] = [
            .request(
                Wire.Request(service: Method.track.service, method: "Track"), stream: 1, flags: .remoteOpen),
            .data(Wire.TrackInput(kind: .open(Wire.TrackOpen())), stream: 1),
        ]
        for (index, picture) in pictures.enumerated() {
            let frame = Wire.TrackFrame(seq: UInt64(index + 1), picture: picture)
            frames.append(.data(Wire.TrackInput(kind: .frame(frame)), stream: 1))
        }
        var bytes = ByteBuffer()
        for frame in frames { frame.write(into: &bytes) }
        raw.send(Array(bytes.readableBytesView))
    }

    @Test func everyPictureHasItsResultInOrder() async throws {
        try await withServer(engine: try Self.engine()) { server in
            let client = try await server.client()
            let session = try await client.track(Wire.TrackOpen())
            #expect(session.opened.faceModel == "fake")
            for red in 0..<3 as Range<UInt8> { try await session.send(Wire.TrackFrame(picture: .plain(red))) }
            try await session.send(Wire.TrackFrame())
            session.finish()
            var results: [Wire.TrackResult] = []
            for try await result in session.results { results.append(result) }
            #expect(results.map(\.seq) == [1, 2, 3, 4])
            #expect(results.map(\.outcome) == [.ok, .ok, .ok, .invalid])
            #expect(results.prefix(3).allSatisfy { $0.width == 32 && $0.height == 32 && $0.face == nil })
            await #expect(throws: RPCError.self) { try await session.send(Wire.TrackFrame(picture: .plain(1))) }
            await client.close()
        }
    }

    /// Who finds no place is not served what was sent behind the request.
    @Test func aStreamThatIsRefusedReadsNoPicture() async throws {
        var limits = ServerLimits.ofOnePeer
        limits.sessions = 1
        try await withServer(engine: try Self.engine(), limits: limits) { server in
            let client = try await server.client()
            let first = try await client.track(Wire.TrackOpen())
            let raw = try RawSocket(server.address)
            send([.plain(1), .plain(2)], to: raw)
            let (outputs, end) = try await outcome(of: raw)
            for output in outputs {
                guard case .result(let result) = output.kind else {
                    Issue.record("expected results alone, got \(output)")
                    continue
                }
                #expect(result.outcome == .error && result.detail?.reason == .tooManySessions)
            }
            #expect(end.map(RPCError.init(status:))?.reason == .tooManySessions)
            first.finish()
            for try await _ in first.results {}
            await client.close()
        }
    }
}
