import AnimoFaultInjection
import AnimoClient
import AnimoConcurrency
import AnimoPictures
import AnimoWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import AnimoServer

/// Pictures that nobody waits for, through the server: nothing of them is decoded, and nobody else waits for them.
struct DecodingAbuseTests {
    /// Keeps the decoders of a server busy until it is opened.
    private final class Decoders: Sendable {
        private let condition = NSCondition()
        /// Guarded by `condition`.
        private nonisolated(unsafe) var isOpen = false
        private let begun = Mutex(0)

        /// Returns once all decoders are taken.
        func take(_ count: Int, of server: Server) async throws {
            for number in 0..<count {
                let picture = try IncomingPicture(.plain(1), within: PictureLimits(), field: "picture")
                let context = SchedulingContext(
                    priority: .interactive, peer: .max, session: UInt64(number), deadline: .now() + .hours(1))
                Task {
                    try await server.codecs.decode(DecodingWork(picture, for: .frame) { self.hold() }, as: context)
                }
            }
            while begun.withLock({ $0 }) < count { await Task.yield() }
        }

        func open() {
            condition.lock()
            isOpen = true
            condition.broadcast()
            condition.unlock()
        }

        private func hold() {
            begun.withLock { $0 += 1 }
            condition.lock()
            while !isOpen { condition.wait() }
            condition.unlock()
        }
    }

    /// Calls of one connection, each with a picture of its own.
    private func flood(_ server: TestServer, calls: Int) throws -> RawConnection {
        let raw = try RawConnection(path: server.path)
        for number in 0..<calls {
            let request = Wire.PutSourceRequest(source: .plain(UInt8(number)))
            raw.send(.request(.of(.putSource, request), stream: UInt32(2 * number + 1)))
        }
        return raw
    }

    private func waitForPictures(_ server: TestServer, _ count: Int) async {
        while server.server.codecs.backlog.jobs != count { await Task.yield() }
    }

    @Test func aClientThatLeavesTakesItsPicturesWithIt() async throws {
        try await withServer { server in
            let decoders = Decoders()
            try await decoders.take(2, of: server.server)
            defer { decoders.open() }
            var raw: RawConnection? = try flood(server, calls: 40)
            await waitForPictures(server, 40)
            withExtendedLifetime(raw) {}
            raw = nil
            await waitForPictures(server, 0)
            try await server.waitForMemory { $0 == 0 }
            decoders.open()
            let client = try await server.client()
            let status = try await client.status()
            #expect(status.sources?.entries == 0)
            #expect(status.calls == 0)
            await client.close()
        }
    }

    @Test func healthAndStatusWaitForNoDecoder() async throws {
        try await withServer { server in
            let decoders = Decoders()
            try await decoders.take(2, of: server.server)
            defer { decoders.open() }
            let raw = try flood(server, calls: 40)
            await waitForPictures(server, 40)
            let client = try await server.client()
            #expect(try await client.check().status == .serving)
            #expect(try await client.status().calls == 40)
            await client.close()
            withExtendedLifetime(raw) {}
        }
    }

    /// With the decoders held for good the server still ends, and in its time.
    @Test func aStopWaitsForNoPictureThatHasNotBegun() async throws {
        try await withServer(drainSeconds: 0.1, timers: MultiThreadedEventLoopGroup.singleton.next()) { server in
            let decoders = Decoders()
            try await decoders.take(2, of: server.server)
            defer { decoders.open() }
            let raw = try flood(server, calls: 40)
            await waitForPictures(server, 40)
            await server.group.triggerGracefulShutdown()
            await raw.waitForEnd()
            await waitForPictures(server, 0)
        }
    }
}
