import AnimoServer
import AnimoWire
import Logging
import NIOCore
import ServiceLifecycle
import Systemd
import UnixSignals

/// Tells the service manager and the log what the server says of itself.
struct EventReports: Sendable {
    let logger: Logger
    let models: String
    let threads: Int

    func tell(_ event: ServerEvent) {
        switch event {
        case .serving(let addresses):
            for address in addresses.serving { logger.info("listening", metadata: ["address": "\(address)"]) }
            for address in addresses.metrics { logger.info("metrics", metadata: ["address": "\(address)"]) }
            for address in addresses.agent { logger.info("agent check", metadata: ["address": "\(address)"]) }
            logger.info("ready", metadata: ["models": "\(models)", "threads": "\(threads)"])
            ServiceManager.ready(status: "serving \(models)")
        case .reloading:
            ServiceManager.reloading(status: "reading the models again")
        case .reloaded(let outcome):
            for model in outcome {
                let digest = model.digest.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                logger.notice(
                    "reloaded",
                    metadata: ["model": "\(model.name)", "digest": "\(digest)", "changed": "\(model.changed)"])
            }
            ServiceManager.ready(status: "serving \(models)")
        case .reloadFailed(let why):
            logger.error("reload failed, the models serve on as they were", metadata: ["reason": "\(why)"])
            ServiceManager.ready(status: "serving \(models); reload failed: \(why)")
        case .draining(true):
            logger.notice("draining: no more work is taken")
            ServiceManager.status("draining")
        case .draining(false):
            logger.notice("serving again")
            ServiceManager.status("serving \(models)")
        }
    }
}

/// Reloads the models whenever SIGHUP comes.
struct ReloadsOnHangup: Service {
    let server: Server

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                // The server tells what came of it.
                _ = try? await server.reload()
            }
        }
    }
}

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
