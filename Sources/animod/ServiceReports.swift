import AnimoServer
import AnimoWire
import Logging
import NIOCore
import ServiceLifecycle
import Systemd
import UnixSignals

/// Reports the server's events to the service manager and the log.
struct EventReports: Sendable {
    let logger: Logger
    let log: LogWriter
    let models: String
    let threads: Int

    func tell(_ event: ServerEvent) {
        switch event {
        case .serving(let addresses):
            for address in addresses.serving { logger.info("listening", metadata: ["address": "\(address)"]) }
            for address in addresses.metrics { logger.info("metrics", metadata: ["address": "\(address)"]) }
            for address in addresses.agent { logger.info("agent check", metadata: ["address": "\(address)"]) }
            logger.info("ready", metadata: ["models": "\(models)", "threads": "\(threads)"])
            // A manager that is told READY finds the addresses in the log.
            log.flush()
            ServiceManager.ready(status: "serving \(models)")
        case .reloading:
            ServiceManager.reloading(status: "reloading the models")
        case .reloaded(let outcome):
            for model in outcome {
                let digest = model.digest.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                logger.notice(
                    "reloaded",
                    metadata: ["model": "\(model.name)", "digest": "\(digest)", "changed": "\(model.changed)"])
            }
            ServiceManager.ready(status: "serving \(models)")
        case .reloadFailed(let why):
            logger.error("reload failed; keeping current models", metadata: ["reason": "\(why)"])
            ServiceManager.ready(status: "serving \(models); reload failed: \(why)")
        case .draining(true):
            logger.notice("draining: no more work is accepted")
            ServiceManager.status("draining")
        case .draining(false):
            logger.notice("serving again")
            ServiceManager.status("serving \(models)")
        case .rejected(let reason, let count):
            logger.warning("connections rejected", metadata: ["reason": "\(reason.rawValue)", "count": "\(count)"])
        case .closedByServer(let reason, let count):
            logger.notice(
                "connections closed by server", metadata: ["reason": "\(reason.rawValue)", "count": "\(count)"])
        }
    }

    func tell(stuckFor stallDuration: TimeAmount) {
        let seconds = stallDuration.nanoseconds / 1_000_000_000
        logger.critical("the engine is stuck: no progress", metadata: ["seconds": "\(seconds)"])
        ServiceManager.status("stuck: the engine makes no progress")
    }

    func tellThatItLivesAgain() {
        logger.notice("the engine makes progress again")
        ServiceManager.status("serving \(models)")
    }
}

/// Reloads the models whenever SIGHUP comes.
struct ReloadsOnHangup: Service {
    let server: Server

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                // The server reports the outcome.
                _ = try? await server.reload()
            }
        }
    }
}

/// Pings the service manager's watchdog as long as the engine makes progress, and reports the stop.
struct ServiceReports: Service {
    let scheduler: Scheduler
    let reports: EventReports

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown { await beatUntilCancelled() }
        } onGracefulShutdown: {
            _ = ServiceManager.stopping(status: "finishing what was accepted")
        }
    }

    /// A stuck engine gets no pings, so that the service manager restarts the daemon.
    private func beatUntilCancelled() async {
        let interval = ServiceManager.watchdogInterval
        var heartbeat = Heartbeat(limit: TimeAmount(interval ?? .seconds(30)))
        while !Task.isCancelled {
            switch heartbeat.beat(stallDuration: scheduler.stallDuration()) {
            case .lives: if interval != nil { _ = ServiceManager.watchdog() }
            case .stuck(let stallDuration): reports.tell(stuckFor: stallDuration)
            case .livesAgain:
                reports.tellThatItLivesAgain()
                if interval != nil { _ = ServiceManager.watchdog() }
            case .stillStuck: break
            }
            await scheduler.probe()
            try? await Task.sleep(for: (interval ?? .seconds(30)) / 2)
        }
    }
}

/// Decides from the engine's stall duration, beat by beat, whether the daemon is alive.
///
/// The engine is probed after each beat. So a beat is a ping only if the engine thread itself answered within `limit`,
/// and a stuck one gets no ping later than that, though it may have had nothing to do.
struct Heartbeat {
    enum Beat: Equatable {
        case lives, livesAgain, stuck(TimeAmount), stillStuck
    }

    let limit: TimeAmount
    private var isStuck = false

    init(limit: TimeAmount) { self.limit = limit }

    mutating func beat(stallDuration: TimeAmount) -> Beat {
        let wasStuck = isStuck
        isStuck = stallDuration >= limit
        if isStuck { return wasStuck ? .stillStuck : .stuck(stallDuration) }
        return wasStuck ? .livesAgain : .lives
    }
}
