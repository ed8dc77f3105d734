import AnimoTestSupport
import Glibc
import Systemd
import Testing

/// libsystemd reads the environment, which belongs to the whole process: each test here has one of its own.
@Suite struct ServiceManagerTests {
    @Test func tellsTheManagerWhatGoesOn() async {
        await #expect(processExitsWith: .success) {
            let manager = try NotifySocket()
            setenv("NOTIFY_SOCKET", manager.address, 1)

            #expect(ServiceManager.ready(status: "serving 1 model"))
            try await expect(["READY": "1", "STATUS": "serving 1 model"], from: manager)
            #expect(ServiceManager.status("3 sessions"))
            try await expect(["STATUS": "3 sessions"], from: manager)
            #expect(ServiceManager.watchdog())
            try await expect(["WATCHDOG": "1"], from: manager)
            #expect(ServiceManager.stopping())
            try await expect(["STOPPING": "1", "STATUS": "stopping"], from: manager)
        }
    }

    @Test func keepsAStatusFromPassingForMore() async {
        await #expect(processExitsWith: .success) {
            let manager = try NotifySocket()
            setenv("NOTIFY_SOCKET", manager.address, 1)
            ServiceManager.status("model 'a\nREADY=1\r\nMAINPID=1' is gone")
            try await expect(["STATUS": "model 'a READY=1 MAINPID=1' is gone"], from: manager)
        }
    }

    @Test func isSilentWithoutAManager() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            #expect(!ServiceManager.ready(status: "serving"))
            #expect(!ServiceManager.watchdog())
        }
    }

    @Test func survivesAManagerThatWentAway() async {
        await #expect(processExitsWith: .success) {
            setenv("NOTIFY_SOCKET", "@animod-nobody-listens-here", 1)
            #expect(!ServiceManager.status("still here"))
        }
    }

    @Test func readsTheWatchdogInterval() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "20000000", 1)
            setenv("WATCHDOG_PID", "\(getpid())", 1)
            #expect(ServiceManager.watchdogInterval == .seconds(20))
            setenv("WATCHDOG_PID", "1", 1)
            #expect(ServiceManager.watchdogInterval == nil, "meant for another process")
            unsetenv("WATCHDOG_PID")
            unsetenv("WATCHDOG_USEC")
            #expect(ServiceManager.watchdogInterval == nil)
        }
    }
}

/// The manager's next message holds exactly `assignments`.
private func expect(_ assignments: [String: String], from manager: NotifySocket) async throws {
    let message = try await manager.receive()
    #expect(message == assignments)
}
