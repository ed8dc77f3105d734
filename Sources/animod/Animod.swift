import AnimoCLI
import AnimoCompute
import AnimoFiles
import AnimoJSON
import AnimoModel
import AnimoServer
import AnimoWire
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

@main
enum Main {
    static func main() async {
        // Before queues begin.
        do { try Animod.checkDescriptors(FreeDescriptors.start) } catch { exit(Animod.refused(error).rawValue) }
        await Animod.main(ProgramArguments.all)
    }
}

struct Animod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "animod",
        abstract: "Serves head reenactment with AniMo weights on a CPU.",
        discussion: """
            Loads the named models, or the built-in one, and serves them until SIGTERM or SIGINT.
            SIGHUP reloads the model files.

            EXAMPLE
              animod --listen unix:/tmp/animo.sock --model heads=heads.safetensors

            SETTINGS OF THE FILE (--config), with their defaults
            \(settingsList)

            EXIT CODES
              0 stopped in order; 64 usage; 65 a model is damaged; 66 a file is missing;
              69 an address cannot be listened on; 78 configuration.
            """,
        version: programVersion)

    /// Every key and its default, a line each.
    private static let settingsList = Setting.all.map { "  \($0.key): \($0.standard ?? "none")" }
        .joined(separator: "\n")

    @Option(
        name: .long,
        help: ArgumentHelp("A JSON file of settings; a flag overrides its setting.", valueName: "file"))
    var config: String?

    @Option(name: .long, help: help("model", "[name=]file", isRepeatable: true))
    var model: [ModelSetting] = []

    @Option(name: .long, help: help("models", "folder"))
    var models: String?

    @Option(name: .long, help: help("listen", "address", isRepeatable: true), transform: Address.argument)
    var listen: [Address] = []

    @Option(name: .long, help: help("metrics", "address"), transform: Address.argument)
    var metrics: Address?

    @Option(name: .long, help: help("agent", "address"), transform: Address.argument)
    var agent: Address?

    @Option(name: .long, help: help("threads", "n"))
    var threads: Int?

    @Flag(name: .long, help: help("insecure"))
    var insecure = false

    @Flag(name: .long, help: "Check the settings and the models, and exit.")
    var checkConfig = false

    /// Help of a key that is a flag too, from the table of settings.
    private static func help(_ key: String, _ valueName: String? = nil, isRepeatable: Bool = false) -> ArgumentHelp {
        let setting = Setting.named(key)
        let repeats = isRepeatable ? "; may be repeated" : ""
        let standard = setting?.standard.flatMap { valueName == nil ? nil : " Default: \($0)." } ?? ""
        return ArgumentHelp("\(setting?.summary ?? "")\(repeats).\(standard)", valueName: valueName)
    }

    func validate() throws {
        if models == "" { throw ValidationError("--models: expected a folder or none, got ''") }
        if let threads, !Settings.threadCounts.contains(threads) {
            throw ValidationError("--threads: expected 1 to \(Settings.threadCounts.upperBound), got \(threads)")
        }
    }

    func run() async throws {
        // Until models are served a reload has nothing to do, and may not end the daemon.
        signal(SIGHUP, SIG_IGN)
        MemoryTrimmer.shareArenas()
        // A closed one would become somebody's connection, and be logged to.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
        do {
            // Before anything else: other modules use what the processor may lack.
            do throws(Processor.Refusal) { try Processor.check() } catch {
                throw StartFailure(.configuration, "\(error)")
            }
            var settings = Settings()
            if let config { settings = try Settings(file: config) }
            if !model.isEmpty { settings.models = model }
            if let models { settings.modelFolder = ModelFolder(models) }
            if !listen.isEmpty { settings.listen = listen }
            if let metrics { settings.metrics = metrics }
            if let agent { settings.agent = agent }
            if let threads { settings.threads = threads }
            if insecure { settings.insecure = true }
            try settings.check()
            guard DescriptorLimit.current >= DescriptorLimit.least else {
                throw StartFailure(
                    .configuration,
                    "open files: expected a limit of at least \(DescriptorLimit.least) (ulimit -n, LimitNOFILE=), got "
                        + "\(DescriptorLimit.current)")
            }
            let models = ServedModels(settings)
            let entries = try models.load()
            if checkConfig {
                print("the configuration is valid: \(entries.map(\.name).joined(separator: ", "))")
                return
            }
            try Self.checkDescriptors(FreeDescriptors.start + 4)
            try await serve(entries, reloading: models, settings)
        } catch let failure as ModelLoadFailure {
            throw Self.refused(StartFailure(failure))
        } catch let failure as StartFailure {
            throw Self.refused(failure)
        }
    }

    /// - Parameter needed: what is taken before anything else is closed: by queues and signals, by the event loop and a
    ///   listener.
    fileprivate static func checkDescriptors(_ needed: Int) throws(StartFailure) {
        let free = FreeDescriptors.count(upTo: needed)
        guard free == needed else {
            throw StartFailure(
                .software,
                "expected \(needed) file descriptors to serve, got \(free): raise their limit (ulimit -n)")
        }
    }

    fileprivate static func refused(_ failure: StartFailure) -> ExitCode {
        try? FileHandle.standardError.write(
            contentsOf: Data("animod: \(failure.message.printablePath.printable)\n".utf8))
        return ExitCode(failure.status.rawValue)
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
        var configuration = try settings.server(version: programVersion)
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
            throw StartFailure(.unavailable, "\(error)")
        }
        logger.info("stopped")
    }
}
