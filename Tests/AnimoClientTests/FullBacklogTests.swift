import AnimoClient
import AnimoConcurrency
import AnimoTestSupport
import AnimoWire
import Foundation
import NIOCore
import Testing

/// A daemon that is slower to accept than clients come: a Unix socket whose backlog is full answers EAGAIN, and a
/// client waits as it would over TCP.
@Suite(.timeLimit(.minutes(1))) struct FullBacklogTests {
    struct Failed: Error {}

    /// A socket that one client may wait at, and one that does.
    private final class FullListener: Sendable {
        let folder: TemporaryFolder
        let address: Address
        private let listening: Int32
        private let waiting: Int32

        init() throws {
            folder = try TemporaryFolder()
            let path = folder.path("s")
            address = .unix(path)
            (listening, waiting) = (
                socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            )
            let (listening, waiting) = (listening, waiting)
            let own = try SocketAddress(unixDomainSocketPath: path)
            guard own.withSockAddr({ bind(listening, $0, socklen_t($1)) }) == 0, listen(listening, 0) == 0,
                own.withSockAddr({ connect(waiting, $0, socklen_t($1)) }) == 0
            else { throw Failed() }
        }

        deinit {
            close(waiting)
            close(listening)
        }

        /// Accepts so many clients and keeps none. Blocks.
        func accept(_ count: Int) { for _ in 0..<count { close(Glibc.accept(listening, nil, nil)) } }
    }

    @Test func aClientWaitsUntilItIsAccepted() async throws {
        let listener = try FullListener()
        async let accepting: Void = runBlocking { listener.accept(2) }
        let client = try await AnimoClient.connect(
            to: listener.address, connectTimeout: .seconds(60), retry: .never)
        try await accepting
        await client.close()
    }

    @Test func itWaitsNoLongerThanItMay() async throws {
        let listener = try FullListener()
        let error = await #expect(throws: RPCError.self) {
            try await AnimoClient.connect(to: listener.address, connectTimeout: .milliseconds(50), retry: .never)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("no answer in time") == true, "\(error?.message ?? "")")
    }
}
