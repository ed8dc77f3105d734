import AnimoConcurrency
import AnimoTestSupport
import AnimoWire
import Foundation
import Synchronization
import Testing

@testable import AnimoServer

/// The file of a Unix socket: nobody connects who may not, from the first moment on.
struct SocketFileTests {
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    private static func mode(_ path: String) -> UInt32? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test(arguments: [0o600, 0o660, 0o666] as [UInt16])
    func hasItsModeBeforeAnybodyConnects(mode: UInt16) throws {
        let folder = try TemporaryFolder()
        let descriptor = try SocketFile.bind(folder.path("s"), mode: mode, group: nil)
        defer { close(descriptor) }
        #expect(Self.mode(folder.path("s")) == UInt32(mode))
        #expect(throws: PlainSocket.Failed.self) { try PlainSocket.connect(path: folder.path("s")) }
        listen(descriptor, 1)
        #expect(throws: Never.self) { try PlainSocket.connect(path: folder.path("s")) }
    }

    @Test func isNeverSeenWithMoreThanItsMode() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("s")
        let isOver = Flag()
        let seen = try await withThrowingTaskGroup(of: Set<UInt32>.self) { group in
            group.addTask {
                try await runBlocking {
                    var seen: Set<UInt32> = []
                    while !isOver.isSet.load(ordering: .relaxed) { if let mode = Self.mode(path) { seen.insert(mode) } }
                    return seen
                }
            }
            try await runBlocking {
                for _ in 0..<3000 {
                    close(try SocketFile.bind(path, mode: 0o600, group: nil))
                    unlink(path)
                }
            }
            isOver.isSet.store(true, ordering: .relaxed)
            return try await group.next() ?? []
        }
        #expect(seen.isSubset(of: [0o600]))
    }

    @Test func aRefusalLeavesNoFile() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ListenerError.self) {
            try SocketFile.bind(folder.path(String(repeating: "a", count: 200)), mode: nil, group: nil)
        }
        #expect(throws: ListenerError.self) { try SocketFile.bind(folder.path("no/s"), mode: 0o600, group: nil) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test func aServersSocketHasItsMode() async throws {
        try await withServer(configure: { configuration, _ in
            configuration.socketMode = 0o640
        }) { server in
            #expect(Self.mode(server.path) == 0o640)
            let client = try await server.client()
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }
}
