import AnimoServer
import AnimoFakeEngine
import AnimoWire
import ArgumentParser
import Logging
import ServiceLifecycle

/// The real server around an engine of known cost, as a process of its own: what `animobench reliability` abuses, so
/// that neither the networks' arithmetic nor the abusers' threads are in its times. It is installed nowhere.
@main struct FakeServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "animofake", abstract: "Serves an engine that sleeps instead of drawing.")

    @Option(
        help: ArgumentHelp("unix:PATH or tcp:HOST:PORT; may be repeated.", valueName: "address"),
        transform: Address.init(parsing:))
    var listen: [Address]
    @Option(help: ArgumentHelp("Milliseconds that each drawing takes.", valueName: "ms"))
    var cost = 0.0
    @Option(help: ArgumentHelp("Drawings in one batch, at most.", valueName: "n"))
    var batch = 4
    @Option(
        help: ArgumentHelp("Bytes of each connection's socket buffers; the least there is where less.", valueName: "n"))
    var buffers: Int?
    @Flag(help: "Lets one peer have all the sessions there are.")
    var onePeer = false

    func run() async throws {
        let engine = FakeEngine(batchLimit: batch, cost: cost / 1000, keepsRecord: false)
        MemoryTrimmer.shareArenas()
        var configuration = ServerConfiguration(
            listeners: listen.map { .address($0) }, version: "fake", threads: 2)
        configuration.socketBuffers = buffers
        if onePeer { configuration.limits.peerSessions = configuration.limits.sessions }
        let quiet = Logger(label: "fake") { _ in SwiftLogNoOpLogHandler() }
        let server = Server(
            configuration, models: ModelRegistry([.init(name: "fake", engine: engine.engine)]), logger: quiet
        ) { _ in }
        let service = ServiceGroupConfiguration.ServiceConfiguration(
            service: server, successTerminationBehavior: .gracefullyShutdownGroup)
        try await ServiceGroup(
            configuration: .init(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        ).run()
    }
}
