import AnimoFaultInjection
import AnimoClient
import AnimoConcurrency
import AnimoWire
import NIOCore
import NIOEmbedded
import Testing

@testable import AnimoServer

/// What one peer may take, and what it leaves to others.
struct PeerFairnessTests {
    /// Ten seconds of a virtual clock: streams that were not opened end, one that was lasts.
    @Test func aSessionThatIsNotOpenedInTimeGivesUpItsPlace() async throws {
        let clock = NIOAsyncTestingEventLoop()
        try await withServer(timers: clock) { server in
            let raw = try RawSocket(server.address)
            for (stream, method) in [(1, Method.animate), (3, .track)] as [(UInt32, AnimoWire.Method)] {
                raw.send(
                    .request(
                        Wire.Request(service: method.service, method: method.name), stream: stream, flags: .remoteOpen))
            }
            let client = try await server.client()
            let session = try await client.animate(Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7)))))
            try await server.waitForSessions { $0 == 3 }
            await clock.advanceTime(by: .seconds(10) - .nanoseconds(1))
            #expect(try await client.status().sessions == 3)
            await clock.advanceTime(by: .nanoseconds(1))
            let streams = try await runBlocking {
                try (0..<2).map { _ in
                    let answer = try raw.receive()
                    let status = try #require(try Wire.Response(decoding: answer.body).status)
                    #expect(RPCError(status: status).code == .deadlineExceeded)
                    #expect(RPCError(status: status).detail?.field == "open")
                    return answer.stream
                }
            }
            #expect(streams.sorted() == [1, 3])
            await clock.advanceTime(by: .hours(1))
            try await session.send(Wire.AnimateFrame(driver: .motion(1)))
            try await session.finish()
            var results = 0
            for try await output in session.outputs { if case .result = output.kind { results += 1 } }
            #expect(results == 1)
            try await server.waitForSessions { $0 == 0 }
            await client.close()
        }
    }

    @Test func onePeerHasThreeQuartersOfTheSessionsAtMost() async throws {
        var limits = ServerLimits()
        limits.sessions = 4
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let open = Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))))
            var sessions: [AnimateSession] = []
            for _ in 0..<3 { sessions.append(try await client.animate(open)) }
            let error = await #expect(throws: RPCError.self) { try await client.animate(open) }
            #expect(error?.reason == .tooManySessions)
            #expect(error?.detail?.limit == 3)
            for session in sessions { try await session.finish() }
            await client.close()
        }
    }

    @Test(arguments: [(64, 48), (1, 1), (2, 2), (3, 3), (4, 3), (1024, 768)])
    func aShareIsThreeQuartersAndAtLeastOne(all: Int, share: Int) {
        #expect(ServerLimits.share(of: all) == share)
    }

    /// Another peer finds a place, however many connections one has tried to make.
    @Test func onePeerHasThreeQuartersOfTheConnectionsAtMost() async throws {
        var limits = ServerLimits()
        limits.connections = 8
        try await withLoopbackServer(limits: limits) { address, _ in
            try await runBlocking {
                let crowd = try (0..<6).map { _ in try RawSocket(address, from: "127.0.0.1") }
                for socket in crowd { #expect(socket.isServed()) }
                // Seven places are not administrators' alone.
                #expect(try RawSocket(address, from: "127.0.0.1").isEnded())
                let other = try RawSocket(address, from: "127.0.0.2")
                #expect(other.isServed())
                for socket in crowd { #expect(socket.isServed(stream: 3)) }
            }
        }
    }

    /// With all places taken, another peer gets one: of the peer that has the most the connection that has been idle
    /// for the longest ends.
    @Test func aCrowdOfIdleConnectionsMakesRoomForOthers() async throws {
        var limits = ServerLimits()
        limits.connections = 8
        try await withLoopbackServer(limits: limits) { address, _ in
            try await runBlocking {
                let crowd = try (0..<6).map { _ in try RawSocket(address, from: "127.0.0.1") }
                for socket in crowd { #expect(socket.isServed()) }
                // The first has had a call since, so that the second is idle for the longest.
                #expect(crowd[0].isServed(stream: 3))
                let other = try RawSocket(address, from: "127.0.0.2")
                #expect(other.isServed())
                // The seven places of those who are no administrators are taken.
                let late = try RawSocket(address, from: "127.0.0.2")
                #expect(late.isServed())
                #expect(crowd[1].isEnded())
                #expect(crowd[0].isServed(stream: 5))
                for socket in crowd[2...] { #expect(socket.isServed(stream: 3)) }
                // The peer that has the most gets none for itself.
                #expect(try RawSocket(address, from: "127.0.0.1").isEnded())
                #expect(late.isServed(stream: 3))
                #expect(other.isServed(stream: 3))
            }
        }
    }

    /// A connection with a call is at work, whoever wants its place.
    @Test func aConnectionThatHasACallKeepsItsPlace() async throws {
        var limits = ServerLimits()
        limits.connections = 8
        try await withLoopbackServer(limits: limits) { address, _ in
            try await runBlocking {
                let watch = Wire.Request(service: Method.healthWatch.service, method: Method.healthWatch.name)
                let watching = try (0..<6).map { _ in
                    let socket = try RawSocket(address, from: "127.0.0.1")
                    socket.send(.request(watch, stream: 1, flags: .remoteClosed))
                    _ = try socket.receive()
                    return socket
                }
                let other = try RawSocket(address, from: "127.0.0.2")
                #expect(other.isServed())
                #expect(try RawSocket(address, from: "127.0.0.3").isEnded())
                for socket in watching { #expect(socket.isServed(stream: 3)) }
            }
        }
    }

    /// What one host puts another neither finds, nor hears of, nor drops.
    @Test func aSourceBelongsToThePeerThatPutIt() async throws {
        try await withLoopbackServer(limits: ServerLimits()) { address, _ in
            try await runBlocking {
                func put(_ socket: RawSocket, stream: UInt32) throws -> Wire.PutSourceReply {
                    let request = Wire.PutSourceRequest(source: .plain(7))
                    return try Wire.PutSourceReply(
                        decoding: socket.call(.putSource, request, stream: stream).payload)
                }
                func render(_ socket: RawSocket, _ id: [UInt8], stream: UInt32) throws -> RPCError? {
                    let request = Wire.ReenactRequest(source: Wire.Source(kind: .id(id)), driver: .motion(1))
                    return try socket.call(.reenact, request, stream: stream).status.map(RPCError.init(status:))
                }
                let (one, other) = (
                    try RawSocket(address, from: "127.0.0.1"), try RawSocket(address, from: "127.0.0.2")
                )
                let id = try #require(try put(one, stream: 1).source?.id)
                #expect(try put(one, stream: 3).cached)
                #expect(try render(other, id, stream: 1)?.reason == .noSuchSource)
                // Of the same picture: that somebody has put it is not told.
                #expect(try !put(other, stream: 3).cached)
                #expect(try render(other, id, stream: 5) == nil)
                _ = try other.call(.dropSource, Wire.DropSourceRequest(id: id), stream: 7)
                #expect(try render(other, id, stream: 9)?.reason == .noSuchSource)
                #expect(try render(one, id, stream: 5) == nil)
                // Another connection of the same host is the same peer.
                #expect(try render(try RawSocket(address, from: "127.0.0.1"), id, stream: 1) == nil)
            }
        }
    }

    @Test(arguments: [
        (PeerIdentity.Kind.unix(user: 7, group: 1), PeerIdentity.Kind.unix(user: 7, group: 2), true),
        (.unix(user: 7, group: 1), .unix(user: 8, group: 1), false),
        (.tcp(host: "10.0.0.1", certificate: nil), .tcp(host: "10.0.0.1", certificate: nil), true),
        (.tcp(host: "10.0.0.1", certificate: nil), .tcp(host: "10.0.0.2", certificate: nil), false),
        (.tcp(host: "10.0.0.1", certificate: "a"), .tcp(host: "10.0.0.2", certificate: "a"), true),
        (.tcp(host: "10.0.0.1", certificate: "a"), .tcp(host: "10.0.0.1", certificate: "b"), false),
        (.tcp(host: "a", certificate: nil), .tcp(host: "b", certificate: "a"), false),
    ])
    func aPeerIsAUserACertificateOrAHost(one: PeerIdentity.Kind, other: PeerIdentity.Kind, isSame: Bool) {
        let (one, other) = (PeerIdentity(kind: one), PeerIdentity(kind: other))
        #expect((one.owner == other.owner) == isSame)
        #expect((one.key == other.key) == isSame)
    }

    /// A peer that opens calls as fast as it can is read from at its rate while others have calls, and is served all the
    /// same.
    @Test func aFloodOfCallsIsReadAtThePeersRate() async throws {
        try await withLoopbackServer(limits: ServerLimits()) { address, server in
            try await runBlocking {
                let flood = (0..<64).flatMap { number -> [UInt8] in
                    var bytes = ByteBuffer()
                    Frame.request(.of(.healthCheck, Wire.HealthCheckRequest()), stream: UInt32(2 * number + 1))
                        .write(into: &bytes)
                    return Array(bytes.readableBytesView)
                }
                func runFlood() throws {
                    let sockets = try (0..<4).map { _ in try RawSocket(address, from: "127.0.0.1") }
                    for socket in sockets { socket.send(flood) }
                    for socket in sockets { for _ in 0..<64 { _ = try socket.receive() } }
                }
                try runFlood()
                #expect(server.counters.delayedReads == 0)
                // Another's request counts for a second, which a busy machine may need for the flood.
                for _ in 0..<20 where server.counters.delayedReads == 0 {
                    #expect(try RawSocket(address, from: "127.0.0.2").isServed())
                    #expect(server.counters.delayedReads == 0)
                    try runFlood()
                }
                #expect(server.counters.delayedReads > 0)
            }
        }
    }
}
