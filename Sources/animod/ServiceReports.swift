import AnimoServer
import NIOCore
import ServiceLifecycle
import Systemd

/// Tells the service manager that the daemon lives, as long as its engine makes progress, and when it stops.
struct ServiceReports: Service {
    let scheduler: Scheduler

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown { await pingWhileThereIsProgress() }
        } onGracefulShutdown: {
            _ = ServiceManager.stopping(status: "finishing what was accepted")
        }
    }

    /// A stuck engine gets no pings, so that the service manager restarts the daemon.
    private func pingWhileThereIsProgress() async {
        let interval = ServiceManager.watchdogInterval
        while !Task.isCancelled {
            if let interval, scheduler.makesProgress(within: TimeAmount(interval)) { _ = ServiceManager.watchdog() }
            try? await Task.sleep(for: (interval ?? .seconds(3600)) / 2)
        }
    }
}
