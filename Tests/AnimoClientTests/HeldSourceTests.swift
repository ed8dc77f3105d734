import AnimoClient
import AnimoWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HeldSourceTests {
    static let request = Wire.PutSourceRequest(
        model: "demo", source: Wire.SourcePicture(picture: Wire.Picture(data: [1, 2, 3])))

    /// Has room for the source for one call, then drops it.
    static func forgetful(_ log: Log) async throws -> StubServer {
        let puts = Mutex(UInt8(0))
        let isThere = Mutex(false)
        return try await StubServer { action, peer in
            guard case .call(let call) = action else { return }
            if call.method == .putSource {
                let put = try Wire.PutSourceRequest(decoding: call.request.payload)
                #expect(put == request)
                let id = puts.withLock { puts in
                    puts += 1
                    return puts
                }
                isThere.withLock { $0 = true }
                log.add("put")
                return peer.send(
                    .reply(Wire.PutSourceReply(source: Wire.PreparedSource(id: [id])), stream: call.stream))
            }
            let reenact = try Wire.ReenactRequest(decoding: call.request.payload)
            #expect(reenact.model == "demo")
            guard
                isThere.withLock({ wasThere in
                    defer { wasThere = false }
                    return wasThere
                })
            else {
                log.add("gone")
                let error = RPCError(.notFound, .noSuchSource, "expected a source that is held")
                return peer.send(.failure(error, stream: call.stream))
            }
            log.add("drawn")
            let source = Wire.PreparedSource(id: [puts.withLock { $0 }])
            #expect(reenact.source == Wire.Source(kind: .id(source.id)))
            peer.send(.reply(Wire.ReenactReply(source: source), stream: call.stream))
        }
    }

    @Test func isPutAgainWhenTheDaemonHasDroppedIt() async throws {
        let log = Log()
        let server = try await Self.forgetful(log)
        let client = try await AnimoClient.connect(to: server.address)
        let held = try await client.hold(Self.request)
        for id in 1...3 as ClosedRange<UInt8> {
            #expect(try await client.reenact(held, Wire.Driver()).source?.id == [id])
        }
        #expect(await log.first(7) == ["put", "drawn", "gone", "put", "drawn", "gone", "put"])
    }
}
