import AnimoWire
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

public struct ServerConfiguration: Sendable {
    public var listeners: [ListenerSource]
    public var limits = ServerLimits()
    public var access = AccessPolicy()
    public var drainSeconds = 30.0
    /// Of the Unix sockets it makes.
    public var socketMode: UInt16?
    public var socketGroup: UInt32?
    public var version: String
    /// Of the engines' pool, for Status.
    public var threads: Int

    public init(listeners: [ListenerSource], version: String, threads: Int) {
        self.listeners = listeners
        self.version = version
        self.threads = threads
    }
}

/// The daemon's core: binds, accepts, serves, and on a graceful shutdown finishes what it has accepted.
public final class Server: Service {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let tell: @Sendable (ServerEvent) -> Void
    private let counters = Counters()
    private let connections: ConnectionTable
    private let group: MultiThreadedEventLoopGroup
    private let codecs: CodecPool
    private let dispatcher: Dispatcher
    private let reloader: Reloader
    public let scheduler: Scheduler
    public let health: ServerHealth

    /// - Parameters:
    ///   - load: makes what a reload shall serve out of what is served; an unchanged model is handed back as it is.
    ///     Runs on a thread of its own.
    ///   - tell: told what happens, `serving` first.
    public init(
        _ configuration: ServerConfiguration, models: ModelRegistry, logger: Logger,
        load: @escaping @Sendable ([ModelRegistry.Entry]) throws -> [ModelRegistry.Entry] = { $0 },
        tell: @escaping @Sendable (ServerEvent) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.tell = tell
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        codecs = CodecPool(threads: max(2, configuration.threads))
        let limits = configuration.limits
        connections = ConnectionTable(limit: limits.connections)
        scheduler = Scheduler(queueSeconds: limits.queueSeconds, timers: group.next(), counters: counters)
        health = ServerHealth(names: models.entries.map(\.name))
        let sources = SourceStore(
            models: models, limits: limits, cache: SourceCache(budget: limits.sourceCacheBytes),
            scheduler: scheduler, codecs: codecs)
        reloader = Reloader(models: models, sources: sources, load: load, tell: tell)
        let animo = AnimoService(
            models: models, limits: limits, sources: sources,
            draughtsman: Draughtsman(limits: limits, scheduler: scheduler, codecs: codecs),
            version: configuration.version)
        let admin = AdminService(
            models: models, sources: sources, counters: counters, health: health, connections: connections,
            reloader: reloader, tell: tell, version: configuration.version, threads: configuration.threads)
        dispatcher = Dispatcher(
            limits: limits, animo: animo, admin: admin, health: health, access: configuration.access,
            counters: counters, logger: logger)
    }

    public func run() async throws {
        var listeners: [Listener] = []
        defer { for listener in listeners { listener.removeFile() } }
        for source in configuration.listeners {
            listeners.append(
                try await Listener.bind(
                    source, mode: configuration.socketMode, group: configuration.socketGroup, on: group))
        }
        let accepting = listeners
        // Who connects by now waits until the first picture can be drawn without delay.
        try await reloader.warmUp()
        health.change(isServing: true)
        tell(.serving(accepting.compactMap(\.address)))
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for listener in accepting { group.addTask { try await self.accept(on: listener) } }
            }
        } onGracefulShutdown: {
            self.health.stop()
            self.connections.drain()
            for listener in accepting {
                listener.removeFile()
                listener.channel.channel.close(promise: nil)
            }
        }
        scheduler.stop()
        try await codecs.stop()
        try await group.shutdownGracefully()
    }

    /// Reads the models again and serves what has changed, once it is warm.
    @discardableResult
    public func reload() async throws -> [ReloadedModel] { try await reloader.reload() }

    private func accept(on listener: Listener) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.channel.executeThenClose { inbound in
                for try await channel in inbound { group.addTask { await self.serve(channel) } }
            }
            // Draining: connections end when their calls have, and at the latest in time.
            await waitUntilIdle()
            group.cancelAll()
        }
    }

    private func serve(_ channel: Connection.Channel) async {
        guard let peer = try? await PeerIdentity(of: channel.channel), configuration.access.mayServe(peer),
            let connection = admit(peer)
        else {
            try? await channel.executeThenClose { _, _ in }
            return
        }
        counters.connected(1)
        await connection.run(channel)
        connections.remove(connection)
        counters.connected(-1)
    }

    /// nil when there are too many.
    private func admit(_ peer: PeerIdentity) -> Connection? {
        connections.admit { Connection(number: $0, peer: peer, dispatcher: dispatcher, logger: logger) }
    }

    private func waitUntilIdle() async {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(configuration.drainSeconds * 1e9))
        while NIODeadline.now() < deadline, !Task.isCancelled {
            if connections.isIdle { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
