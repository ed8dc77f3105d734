import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// The daemon with sockets that somebody else opened and holds.
@Suite(.enabled(if: Command.find("python3") != nil, "needs python3 to pass descriptors on"))
struct SocketActivationTests {
    /// Opens a Unix and a TCP socket, puts them at 3 and 4, and becomes the program named after the path.
    private static let launcher = """
        import fcntl, os, socket, sys
        local = socket.socket(socket.AF_UNIX)
        local.bind(sys.argv[1])
        remote = socket.create_server((os.environ.get("TEST_HOST", "127.0.0.1"), 0))
        local.listen()
        with open(sys.argv[1] + ".port", "w") as file:
            file.write(str(remote.getsockname()[1]))
        high = [fcntl.fcntl(s.fileno(), fcntl.F_DUPFD, 10) for s in (local, remote)]
        for place, descriptor in enumerate(high, 3):
            os.dup2(descriptor, place)
            os.close(descriptor)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES=sys.argv[2])
        os.execv(sys.argv[3], sys.argv[3:])
        """

    private func start(
        in folder: TemporaryFolder, names: String = "serve:tcp", host: String = "127.0.0.1"
    ) async throws -> RunningDaemon {
        let python = try #require(Command.find("python3")).path
        return try await RunningDaemon.start(
            listen: [], in: folder,
            launcher: [python, "-c", Self.launcher, folder.path(RunningDaemon.socketName), names],
            environment: ["TEST_HOST": host])
    }

    @Test(arguments: [("metrics", "GET /metrics HTTP/1.0\r\n\r\n", "animod_info{"), ("agent", "", "ready\n")])
    func answersThoseWhoWatchOnWhatItWasHanded(name: String, question: String, answer: String) async throws {
        let daemon = try await start(in: TemporaryFolder(), names: "serve:\(name)")
        let port = try #require(Int(String(contentsOfFile: daemon.socketPath + ".port", encoding: .utf8)))
        #expect(try await PlainSocket.ask(port: port, question).contains(answer))
        #expect(await daemon.stop() == 0)
    }

    @Test(arguments: ["tcp", "metrics", "agent"])
    func refusesASocketThatOthersReach(name: String) async throws {
        let error = await #expect(throws: RunningDaemon.EndedEarly.self) {
            try await start(in: TemporaryFolder(), names: "serve:\(name)", host: "0.0.0.0")
        }
        #expect(error?.status == 78)
        #expect(error?.errors.contains("--insecure") == true)
    }

    @Test func servesOnWhatItWasHanded() async throws {
        let daemon = try await start(in: TemporaryFolder())
        let port = try #require(Int(String(contentsOfFile: daemon.socketPath + ".port", encoding: .utf8)))
        for address in [Address.unix(daemon.socketPath), .tcp(host: "127.0.0.1", port: port)] {
            let client = try await AnimoClient.connect(to: address)
            #expect(try await client.check().status == .serving, "\(address)")
            await client.close()
        }
        #expect(await daemon.stop() == 0)
    }

    @Test func leavesTheSocketsFileToItsOwner() async throws {
        let daemon = try await start(in: TemporaryFolder())
        #expect(await daemon.stop() == 0)
        #expect(FileManager.default.fileExists(atPath: daemon.socketPath))
    }

    @Test func refusesASocketItHasNoUseFor() async throws {
        let folder = try TemporaryFolder()
        let error = await #expect(throws: RunningDaemon.EndedEarly.self) {
            try await start(in: folder, names: "serve:finger")
        }
        #expect(error?.status == 78)
        #expect(error?.errors.contains("finger") == true)
    }
}
