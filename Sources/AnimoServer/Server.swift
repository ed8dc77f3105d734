import AnimoWire
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

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
    private struct State {
        var connections: [UInt64: Connection] = [:]
        var next: UInt64 = 0
        var isDraining = false
    }

    private let configuration: ServerConfiguration
    private let models: ModelRegistry
    private let logger: Logger
    private let bound: @Sendable ([Address]) -> Void
    private let state = Mutex(State())
    private let counters = Counters()
    private let group: MultiThreadedEventLoopGroup
    private let codecs: CodecPool
    private let dispatcher: Dispatcher
    public let scheduler: Scheduler
    public let health: ServerHealth

    /// - Parameter bound: told once all listeners are up, with their addresses.
    public init(
        _ configuration: ServerConfiguration, models: ModelRegistry, logger: Logger,
        bound: @escaping @Sendable ([Address]) -> Void
    ) {
        self.configuration = configuration
        self.models = models
        self.logger = logger
        self.bound = bound
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        codecs = CodecPool(threads: max(2, configuration.threads))
        let limits = configuration.limits
        scheduler = Scheduler(queueSeconds: limits.queueSeconds, timers: group.next(), counters: counters)
        health = ServerHealth(names: models.entries.map(\.name))
        let sources = SourceStore(
            models: models, limits: limits, cache: SourceCache(budget: limits.sourceCacheBytes),
            scheduler: scheduler, codecs: codecs)
        let animo = AnimoService(
            models: models, limits: limits, sources: sources,
            draughtsman: Draughtsman(limits: limits, scheduler: scheduler, codecs: codecs),
            version: configuration.version)
        let admin = AdminService(
            models: models, sources: sources, counters: counters, health: health, version: configuration.version,
            threads: configuration.threads)
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
        health.change(isServing: true)
        bound(accepting.compactMap(\.address))
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for listener in accepting { group.addTask { try await self.accept(on: listener) } }
            }
        } onGracefulShutdown: {
            self.health.stop()
            let connections = self.state.withLock { state in
                state.isDraining = true
                return Array(state.connections.values)
            }
            for connection in connections { connection.drain() }
            for listener in accepting {
                listener.removeFile()
                listener.channel.channel.close(promise: nil)
            }
        }
        scheduler.stop()
        try await codecs.stop()
        try await group.shutdownGracefully()
    }

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
        state.withLock { $0.connections[connection.number] = nil }
        counters.connected(-1)
    }

    /// nil when there are too many.
    private func admit(_ peer: PeerIdentity) -> Connection? {
        let admitted: (connection: Connection, isDraining: Bool)? = state.withLock { state in
            guard state.connections.count < configuration.limits.connections else { return nil }
            state.next += 1
            let connection = Connection(number: state.next, peer: peer, dispatcher: dispatcher, logger: logger)
            state.connections[state.next] = connection
            return (connection, state.isDraining)
        }
        if admitted?.isDraining == true { admitted?.connection.drain() }
        return admitted?.connection
    }

    private func waitUntilIdle() async {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(configuration.drainSeconds * 1e9))
        while NIODeadline.now() < deadline, !Task.isCancelled {
            let connections = state.withLock { Array($0.connections.values) }
            if connections.allSatisfy(\.isIdle) { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
