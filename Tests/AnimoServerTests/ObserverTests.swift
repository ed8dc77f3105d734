import AnimoFaultInjection
import AnimoClient
import AnimoConcurrency
import AnimoTestSupport
import AnimoWire
import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import AnimoServer

/// Those who watch, and those who only seem to: nothing that is served waits for them, and they not for each other.
struct ObserverTests {
    private static let question = "GET /metrics HTTP/1.0\r\n\r\n"

    private func withObservedServer(_ body: @Sendable (TestServer, _ metrics: Address) async throws -> Void)
        async throws
    {
        try await withServer(configure: { configuration, folder in
            configuration.metrics = [.address(.unix(folder.path("m")))]
        }) { server in
            try await body(server, try #require(server.bound.metrics.first))
        }
    }

    private func ask(_ address: Address, _ text: String) async throws -> String {
        guard case .unix(let path) = address else { return "" }
        return try await PlainSocket.ask(path: path, text)
    }

    /// Half of them say nothing at all, half of them never end their request.
    @Test func aCrowdThatAsksNothingShutsNobodyOut() async throws {
        try await withObservedServer { _, metrics in
            let crowd = try await runBlocking {
                try (0..<300).map { index in
                    let socket = try RawSocket(metrics)
                    if index % 2 == 0 { socket.send(Array("GET /metrics HTTP/1.1\r\nHost:".utf8)) }
                    return socket
                }
            }
            let answer = try await ask(metrics, Self.question)
            #expect(answer.hasPrefix("HTTP/1.0 200 OK"))
            // All beyond the places were closed: reading them ends.
            try await runBlocking {
                for socket in crowd.prefix(300 - ObserverListeners.places) {
                    #expect(throws: RawSocket.Ended.self) { try socket.receive() }
                }
            }
            withExtendedLifetime(crowd) {}
        }
    }

    /// A body that comes in chunks of one byte and never ends is not read.
    @Test(arguments: [
        ("POST /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "405"),
        ("GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "413"),
        ("GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "413"),
    ])
    func aBodyIsNotRead(head: String, status: String) async throws {
        try await withObservedServer { _, metrics in
            let chunks = String(repeating: "1\r\na\r\n", count: 500)
            let answer = try await ask(metrics, head + chunks)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test func servingDoesNotWaitForObservers() async throws {
        try await withObservedServer { server, _ in
            let client = try await server.client()
            let gate = DispatchSemaphore(value: 0)
            server.server.observers.group.next().execute { gate.wait() }
            let status = try? await client.check().status
            gate.signal()
            #expect(status == .serving)
            await client.close()
        }
    }

    @Test(arguments: [false, true])
    func aConnectionEndsInTime(asks: Bool) throws {
        let time = asks ? ObserverHandler.connectionTime : ObserverHandler.requestTime
        let channel = EmbeddedChannel(handler: ObserverHandler(places: ObserverPlaces(limit: 1)))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/m")).wait()
        if asks { channel.triggerUserOutboundEvent(ObserverHandler.Event.asked, promise: nil) }
        channel.embeddedEventLoop.advanceTime(by: time - .milliseconds(1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    /// Of those that ask nothing the one that came first makes room.
    @Test func theOldestMakesRoom() throws {
        let places = ObserverPlaces(limit: 3)
        let channels = try (0..<5).map { _ in
            let channel = EmbeddedChannel(handler: ObserverHandler(places: places))
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/m")).wait()
            return channel
        }
        for channel in channels { channel.embeddedEventLoop.run() }
        #expect(channels.map(\.isActive) == [false, false, true, true, true])
    }

    /// Those that are being answered keep their places; these are free again once they have left.
    @Test func oneThatIsAnsweredIsNotDisplaced() throws {
        let places = ObserverPlaces(limit: 2)
        func connected() throws -> EmbeddedChannel {
            let channel = EmbeddedChannel(handler: ObserverHandler(places: places))
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/m")).wait()
            return channel
        }
        let answered = try connected()
        answered.triggerUserOutboundEvent(ObserverHandler.Event.asked, promise: nil)
        let silent = try connected()
        let newcomer = try connected()
        #expect(answered.isActive && !silent.isActive && newcomer.isActive)
        newcomer.triggerUserOutboundEvent(ObserverHandler.Event.asked, promise: nil)
        #expect(try !connected().isActive)
        answered.close(promise: nil)
        answered.embeddedEventLoop.run()
        #expect(try connected().isActive && newcomer.isActive)
    }
}
