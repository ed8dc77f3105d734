import AnimoCompute
import AnimoModel
import AnimoServer
import AnimoWire
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

/// Version of the daemon, as Describe tells it.
let version = "0.1.0"

@main
struct Animod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "animod",
        abstract: "Serves head reenactment with AniMo weights on a CPU.",
        discussion: """
            Loads the named models, or the built-in one, and serves them until SIGTERM or SIGINT.
            SIGHUP reads the models' files again.

            EXAMPLE
              animod --listen unix:/tmp/animo.sock --model heads=heads.safetensors

            EXIT CODES
              0 stopped in order; 64 usage; 65 a model is damaged; 66 a file is missing;
              69 an address cannot be listened on; 78 configuration.
            """,
        version: version)

    @Option(
        name: .long,
        help: ArgumentHelp("A JSON file of settings; where a flag says otherwise, the flag counts.", valueName: "file"))
    var config: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A model to serve, the first being the default; may be repeated.", valueName: "[name=]file"))
    var model: [ModelSetting] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "unix:PATH or tcp:HOST:PORT; may be repeated. Default: sockets handed over by the service manager, else \(Address.standard).",
            valueName: "address"))
    var listen: [Address] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Answer GET /metrics over HTTP here, for Prometheus.", valueName: "address"))
    var metrics: Address?

    @Option(
        name: .long,
        help: ArgumentHelp("Answer HAProxy's agent check here: ready, drain or maint.", valueName: "address"))
    var agent: Address?

    @Option(name: .long, help: ArgumentHelp("Compute threads. Default: one for each core.", valueName: "n"))
    var threads: Int?

    @Flag(name: .long, help: "Let a TCP address that is not loopback be listened on, open to whoever reaches it.")
    var insecure = false

    @Flag(name: .long, help: "Check the settings and the models, and leave.")
    var checkConfig = false

    func validate() throws {
        if let threads, !Settings.threadCounts.contains(threads) {
            throw ValidationError("--threads: expected 1 to \(Settings.threadCounts.upperBound), got \(threads)")
        }
    }

    func run() async throws {
        // Until models are served a reload has nothing to do, and may not end the daemon.
        signal(SIGHUP, SIG_IGN)
        // A closed one would become somebody's connection, and be logged to.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
        do {
            // Before anything else: other modules use what the processor may lack.
            do throws(Processor.Refusal) { try Processor.check() } catch {
                throw StartFailure(code: .configuration, "\(error)")
            }
            var settings = Settings()
            if let config { settings = try await Settings(file: config) }
            if !model.isEmpty { settings.models = model }
            if !listen.isEmpty { settings.listen = listen }
            if let metrics { settings.metrics = metrics }
            if let agent { settings.agent = agent }
            if let threads { settings.threads = threads }
            if insecure { settings.insecure = true }
            try settings.check()
            let models = ServedModels(settings)
            let entries = try models.load()
            if checkConfig {
                print("the configuration is valid: \(entries.map(\.name).joined(separator: ", "))")
                return
            }
            try await serve(entries, reloading: models, settings)
        } catch let failure as ModelLoadFailure {
            throw refused(StartFailure(failure))
        } catch let failure as StartFailure {
            throw refused(failure)
        }
    }

    private func refused(_ failure: StartFailure) -> ExitCode {
        try? FileHandle.standardError.write(contentsOf: Data("animod: \(failure.message)\n".utf8))
        return ExitCode(failure.code)
    }

    private func serve(
        _ entries: [ModelRegistry.Entry], reloading models: ServedModels, _ settings: Settings
    ) async throws {
        // A log whose reader is gone, or whose file may not grow, costs its lines and not the daemon.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        let writer = Journal.isStandardError ? LogWriter(JournalLog()) : LogWriter(LineLog())
        defer { writer.flush() }
        LoggingSystem.bootstrap { _ in DaemonLog(writer: writer) }
        let logger = Logger(label: "animod")
        let reports = EventReports(
            logger: logger, log: writer, models: entries.map(\.name).joined(separator: ", "), threads: settings.threads)
        var configuration = try settings.server(version: version)
        configuration.lostLogLines = { writer.lost }
        let server = Server(
            configuration, models: ModelRegistry(entries), logger: logger,
            load: { try models.load(replacing: $0) }, tell: reports.tell)
        let services: [any Service] = [
            server, ServiceReports(scheduler: server.scheduler, reports: reports), ReloadsOnHangup(server: server),
        ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        do {
            try await group.run()
        } catch let error as ListenerError {
            throw StartFailure(code: .unavailable, "\(error)")
        }
        logger.info("stopped")
    }
}
