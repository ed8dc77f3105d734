import NIOCore
import NIOEmbedded
import Testing

@testable import AnimoStudio

@Suite struct PendingConnectionsTests {
    private let pending = PendingConnections(limit: 3)

    private func opened() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test func beyondTheLimitTheOldestIsClosed() throws {
        let channels = try (0..<5).map { _ in try opened() }
        for channel in channels { pending.add(channel) }
        for channel in channels { channel.embeddedEventLoop.run() }
        #expect(channels.map(\.isActive) == [false, false, true, true, true])
        #expect(pending.count == 3)
    }

    @Test func whatHasShownItselfIsNoLongerCounted() throws {
        let channels = try (0..<4).map { _ in try opened() }
        for channel in channels.prefix(3) { pending.add(channel) }
        pending.remove(channels[0])
        pending.remove(channels[0])
        pending.add(channels[3])
        for channel in channels { channel.embeddedEventLoop.run() }
        #expect(channels.map(\.isActive) == [true, true, true, true])
        #expect(pending.count == 3)
    }

    @Test func whatIsClosedMakesRoom() throws {
        let channels = try (0..<4).map { _ in try opened() }
        for channel in channels.prefix(3) { pending.add(channel) }
        try channels[1].close().wait()
        channels[1].embeddedEventLoop.run()
        #expect(pending.count == 2)
        pending.add(channels[3])
        #expect(channels[0].isActive)
    }
}
