import Testing

/// The lines of the units that the daemon relies on.
@Suite struct UnitFileTests {
    @Test func tellsWhenItIsReadyAndThatItLives() throws {
        let service = try UnitFile("animod.service")
        #expect(service["Service.Type"] == "notify")
        #expect(service.assigns("Service.WatchdogSec"))
    }

    @Test func readsItsModelsAnewWithoutARestart() throws {
        #expect(try UnitFile("animod.service")["Service.ExecReload"] == "/bin/kill -HUP $MAINPID")
    }

    @Test func isStartedAgainUnlessThatIsOfNoUse() throws {
        let service = try UnitFile("animod.service")
        #expect(service["Service.Restart"] == "on-failure")
        #expect(service["Service.RestartPreventExitStatus"] == "64 65 66 78")
    }

    /// systemd deletes a RuntimeDirectory, and the held socket in it, at each stop: the socket unit makes /run/animod.
    @Test func leavesItsSocketsFolderAtAStop() throws {
        let service = try UnitFile("animod.service")
        let socket = try UnitFile("animod.socket")
        #expect(!service.assigns("Service.RuntimeDirectory"))
        #expect(socket["Socket.ListenStream"] == "/run/animod/animod.sock")
        #expect(socket["Socket.DirectoryMode"] == "0755")
        #expect(socket["Socket.RemoveOnStop"] == "yes")
    }

    @Test func letsOnlyTheGroupIn() throws {
        let socket = try UnitFile("animod.socket")
        #expect(socket["Socket.SocketMode"] == "0660")
        #expect(socket["Socket.SocketGroup"] == "animod")
    }

    @Test(arguments: [
        ("animod.socket", "serve"), ("animod-tcp.socket", "tcp"), ("animod-metrics.socket", "metrics"),
        ("animod-agent.socket", "agent"),
    ])
    func namesItsListeners(unit: String, name: String) throws {
        #expect(try UnitFile(unit)["Socket.FileDescriptorName"] == name)
    }

    @Test(arguments: ["animod-tcp.socket", "animod-metrics.socket", "animod-agent.socket"])
    func handsEverySocketToTheSameService(unit: String) throws {
        let socket = try UnitFile(unit)
        #expect(socket["Socket.Service"] == "animod.service")
        #expect(socket["Socket.ListenStream"]?.hasPrefix("127.0.0.1:") == true)
    }

    /// systemd refuses to make up a user whose name a group already has.
    @Test func runsAsAUserOfItsOwn() throws {
        let service = try UnitFile("animod.service")
        #expect(service["Service.DynamicUser"] == "yes")
        #expect(service["Service.User"] != nil)
        #expect(service["Service.User"] != "animod")
        #expect(service["Service.StateDirectory"] == "animod")
    }

    @Test func keepsFacesAndSecretsIn() throws {
        let service = try UnitFile("animod.service")
        #expect(service["Service.LimitCORE"] == "0")
        #expect(service["Service.PrivateNetwork"] == "yes")
        #expect(service.assigns("Service.MemoryMax"))
        #expect(!service.assigns("Service.PrivateUsers"), "it hides who connects")
    }
}
