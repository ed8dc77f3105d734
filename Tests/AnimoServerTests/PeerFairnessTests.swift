import AnimoFaultInjection
import AnimoClient
import AnimoConcurrency
import AnimoTestSupport
import AnimoWire
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import AnimoServer
import AnimoFakeEngine

/// What one peer may take, and what it leaves to others.
struct PeerFairnessTests {
    @Test func aSessionThatIsNotOpenedInTimeGivesUpItsPlace() async throws {
        var limits = ServerLimits()
        limits.openSeconds = 0.2
        try await withServer(limits: limits) { server in
            let raw = try RawSocket(server.address)
            raw.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen))
            let answer = try await runBlocking { try raw.receive() }
            let status = try #require(try Wire.Response(decoding: answer.body).status)
            #expect(RPCError(status: status).code == .deadlineExceeded)
            let client = try await server.client()
            #expect(try await client.status().sessions == 0)
            // One that was opened lasts.
            let session = try await client.animate(Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7)))))
            try await Task.sleep(for: .milliseconds(400))
            try await session.send(Wire.AnimateFrame(driver: .motion(1)))
            try await session.finish()
            for try await _ in session.outputs {}
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

    /// With all places taken, another peer gets one: of the peer that has the most the connection that has been idle for
    /// the longest ends.
    @Test func aCrowdOfIdleConnectionsMakesRoomForOthers() async throws {
        var limits = ServerLimits()
        limits.connections = 8
        try await withTCPServer(limits: limits) { port in
            try await runBlocking {
                let crowd = try (0..<6).map { _ in try LoopbackSocket(from: "127.0.0.1", port: port) }
                for socket in crowd { #expect(try socket.isServed()) }
                let other = try LoopbackSocket(from: "127.0.0.2", port: port)
                #expect(try other.isServed())
                // The seven places of those who are no administrators are taken.
                let late = try LoopbackSocket(from: "127.0.0.2", port: port)
                #expect(try late.isServed())
                #expect(crowd[0].isEnded())
                #expect(try crowd[1].isServed())
                // The peer that has the most gets none for itself.
                let more = try LoopbackSocket(from: "127.0.0.1", port: port)
                #expect(more.isEnded())
                #expect(try late.isServed())
            }
        }
    }

    /// A server on a TCP port of its own.
    private func withTCPServer(limits: ServerLimits, body: @Sendable (Int) async throws -> Void) async throws {
        var configuration = ServerConfiguration(
            listeners: [.address(.tcp(host: "127.0.0.1", port: 0))], version: "test", threads: 2)
        configuration.limits = limits
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = Server(
            configuration, models: ModelRegistry([.init(name: "fake", engine: FakeEngine().engine)]),
            logger: quiet
        ) { event in
            if case .serving(let addresses) = event, case .tcp(_, let port)? = addresses.serving.first {
                bound.yield(port)
            }
        }
        let group = ServiceGroup(services: [server], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = await next(ports) ?? 0
            do { try await body(port) } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// A client of one of the loopback's many addresses: each is a host of its own.
private final class LoopbackSocket: Sendable {
    struct Failed: Error {}

    private let descriptor: Int32
    private let stream = Mutex<UInt32>(1)

    init(from host: String, port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let own = try SocketAddress(ipAddress: host, port: 0)
        let server = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        guard own.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0,
            server.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0
        else { throw Failed() }
    }

    deinit { close(descriptor) }

    /// Whether a health check is answered.
    func isServed() throws -> Bool {
        let number = stream.withLock { stream in
            defer { stream += 2 }
            return stream
        }
        var bytes = ByteBuffer()
        let payload = Wire.HealthCheckRequest().encoded()
        Frame.request(
            Wire.Request(service: Method.healthCheck.service, method: "Check", payload: payload), stream: number
        ).write(into: &bytes)
        let request = Array(bytes.readableBytesView)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        var answer = [UInt8](repeating: 0, count: 1024)
        return recv(descriptor, &answer, answer.count, 0) > 10
    }

    /// Whether the server ends it, without a word.
    func isEnded() -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }
}
