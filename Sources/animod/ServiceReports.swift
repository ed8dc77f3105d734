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
        case .turnedAway(let reason, let count):
            logger.warning("connections turned away", metadata: ["reason": "\(reason.rawValue)", "count": "\(count)"])
        case .cutOff(let reason, let count):
            logger.notice("connections cut off", metadata: ["reason": "\(reason.rawValue)", "count": "\(count)"])
        }
    }

    func tell(stuckFor silence: TimeAmount) {
        let seconds = silence.nanoseconds / 1_000_000_000
        logger.critical("the engine is stuck: no more signs of life", metadata: ["seconds": "\(seconds)"])
        ServiceManager.status("stuck: the engine makes no progress")
    }

    func tellThatItLivesAgain() {
        logger.notice("the engine goes on")
        ServiceManager.status("serving \(models)")
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

/// Tells the service manager that the daemon lives, as long as its engine gives signs of life, and when it stops.
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
            switch heartbeat.beat(silence: scheduler.silence()) {
            case .lives: if interval != nil { _ = ServiceManager.watchdog() }
            case .stuck(let silence): reports.tell(stuckFor: silence)
            case .livesAgain:
                reports.tellThatItLivesAgain()
                if interval != nil { _ = ServiceManager.watchdog() }
            case .stillStuck: break
            }
            await scheduler.knock()
            try? await Task.sleep(for: (interval ?? .seconds(30)) / 2)
        }
    }
}

/// Indicates whether the daemon lives, judged from time to time by how long its engine has been silent.
///
/// The engine is knocked at after each beat. So a beat is a ping only if the engine thread itself gave a sign of life
/// within `limit`, and a stuck one gets no ping later than that, though it may have had nothing to do.
struct Heartbeat {
    enum Beat: Equatable {
        case lives, livesAgain, stuck(TimeAmount), stillStuck
    }

    let limit: TimeAmount
    private var isStuck = false

    init(limit: TimeAmount) { self.limit = limit }

    mutating func beat(silence: TimeAmount) -> Beat {
        let wasStuck = isStuck
        isStuck = silence >= limit
        if isStuck { return wasStuck ? .stillStuck : .stuck(silence) }
        return wasStuck ? .livesAgain : .lives
    }
}
