import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// How the daemon starts, says so, and stops.
@Suite struct LifecycleTests {
    @Test func tellsTheServiceManagerFromReadyToStopping() async throws {
        let daemon = try await RunningDaemon.start()
        #expect(daemon.firstReport["STATUS"]?.isEmpty == false)

        #expect(await daemon.stop() == 0)
        let last = try await daemon.manager.receive { $0["STOPPING"] == "1" || $0["TEST_ENDED"] != nil }
        #expect(last["STOPPING"] == "1")
    }

    @Test func saysThatItLives() async throws {
        let daemon = try await RunningDaemon.start(environment: ["WATCHDOG_USEC": "200000"])
        _ = try await daemon.manager.receive { $0["WATCHDOG"] == "1" }
        _ = try await daemon.manager.receive { $0["WATCHDOG"] == "1" }
        #expect(await daemon.stop() == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func stopsInOrderAndTakesItsSocketAway(signal: Int32) async throws {
        let daemon = try await RunningDaemon.start()
        #expect(FileManager.default.fileExists(atPath: daemon.socketPath))
        daemon.signal(signal)
        #expect(await daemon.status == 0)
        #expect(!FileManager.default.fileExists(atPath: daemon.socketPath))
    }

    @Test func answersOnBothKindsOfSockets() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await RunningDaemon.start(
            listen: ["unix:\(folder.path("a.sock"))", "tcp:127.0.0.1:0"], in: folder)
        #expect(daemon.addresses.count == 2)
        for address in daemon.addresses {
            let client = try await AnimoClient.connect(to: address)
            #expect(try await client.check().status == .serving, "\(address)")
            #expect(try await client.describe().models.count == 1)
            await client.close()
        }
        #expect(await daemon.stop() == 0)
    }

    @Test func refusesASocketThatAnotherDaemonServes() async throws {
        let first = try await RunningDaemon.start()
        let (status, errors) = try await RunningDaemon.refusal(["--listen", "unix:\(first.socketPath)"])
        #expect(status == 69)
        #expect(errors.contains("animod: "))

        let client = try await first.client()
        #expect(try await client.check().status == .serving, "the first one goes on")
        await client.close()
        #expect(await first.stop() == 0)
    }

    @Test func takesOverTheSocketOfADaemonThatWasKilled() async throws {
        let folder = try TemporaryFolder()
        let first = try await RunningDaemon.start(in: folder)
        first.signal(SIGKILL)
        #expect(await first.status == -SIGKILL)
        #expect(FileManager.default.fileExists(atPath: first.socketPath), "left behind")

        let second = try await RunningDaemon.start(in: folder)
        let client = try await second.client()
        #expect(try await client.check().status == .serving)
        await client.close()
        #expect(await second.stop() == 0)
    }
}
