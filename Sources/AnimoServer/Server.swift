import AnimoWire
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Configuration of a server, checked by whoever reads it.
package struct ServerConfiguration: Sendable {
    /// Addresses and inherited sockets that clients are served on.
    package var listeners: [ListenerSource]
    /// Limits of clients, pictures and the whole daemon.
    package var limits = ServerLimits()
    /// Addresses at which Prometheus asks, over HTTP.
    package var metrics: [ListenerSource] = []
    /// Addresses at which HAProxy's agent check asks.
    package var agent: [ListenerSource] = []
    /// Permissions of peers.
    package var access = AccessPolicy()
    /// On TCP sockets.
    package var security: TransportSecurity?
    /// Seconds that calls in flight get at a graceful shutdown.
    package var drainSeconds = 30.0
    /// Bytes of each connection's send and receive buffers, the system's least where less; nil for its own choice.
    package var socketBuffers: Int?
    /// Permission bits of the Unix sockets it makes; nil for those of the process.
    package var socketMode: UInt16?
    /// Group of the Unix sockets it makes; nil for that of the process.
    package var socketGroup: UInt32?
    /// Version that `Describe` and `Status` tell.
    package var version: String
    /// Threads of the engines' pool, for Status.
    package var threads: Int
    /// Returns the number of lines that could not be logged, for Status.
    package var lostLogLines: @Sendable () -> UInt64 = { 0 }

    /// Creates a configuration with the usual limits, for every local user.
    package init(listeners: [ListenerSource], version: String, threads: Int) {
        self.listeners = listeners
        self.version = version
        self.threads = threads
    }
}

/// The daemon's core: binds, accepts, serves, and on a graceful shutdown finishes what it has accepted.
package final class Server: Service {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let tell: @Sendable (ServerEvent) -> Void
    let counters: Counters
    private let connectionErrors: ConnectionErrorLog
    private let connections: ConnectionTable
    private let group: MultiThreadedEventLoopGroup
    let codecs: CodecPool
    private let dispatcher: Dispatcher
    private let admin: AdminService
    let observers: ObserverListeners
    let budget: MemoryBudget
    private let trimmer: MemoryTrimmer
    private let reloader: Reloader
    /// Owner of the engine thread, for the watchdog.
    package let scheduler: Scheduler
    /// Health of the server and of its models.
    package let health: ServerHealth

    /// - Parameters:
    ///   - load: makes what a reload shall serve out of what is served; an unchanged model is handed back as it is.
    ///     Runs on a thread of its own.
    ///   - timers: when a deadline has passed; nil for the event loop that serves.
    ///   - tell: told what happens, `serving` first.
    package init(
        _ configuration: ServerConfiguration, models: ModelRegistry, logger: Logger,
        load: @escaping @Sendable ([ModelRegistry.Entry]) throws -> [ModelRegistry.Entry] = { $0 },
        timers: (any EventLoop)? = nil,
        tell: @escaping @Sendable (ServerEvent) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.tell = tell
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timers = timers ?? group.next()
        let limits = configuration.limits
        counters = Counters(models: models)
        codecs = CodecPool(
            decoders: max(2, configuration.threads), queueSeconds: limits.queueSeconds, timers: timers)
        connections = ConnectionTable(limit: limits.connections, ofOnePeer: limits.connectionsOfPeer)
        connectionErrors = ConnectionErrorLog(counters: counters, tell: tell)
        scheduler = Scheduler(queueSeconds: limits.queueSeconds, timers: timers, counters: counters)
        budget = MemoryBudget(limit: limits.requestBytes) { [scheduler] in scheduler.backlog.seconds }
        let incoming = IncomingMemory(limit: limits.requestBytes)
        health = ServerHealth(names: models.entries.map(\.name))
        let admission = Admission(
            limits: limits, models: models, cache: SourceCache(budget: limits.sourceCacheBytes))
        trimmer = MemoryTrimmer(
            budget: budget, incoming: incoming, models: models, sources: admission.cache, connections: connections)
        let sources = SourceStore(
            models: models, limits: limits, cache: admission.cache, scheduler: scheduler, codecs: codecs)
        reloader = Reloader(
            models: models, sources: sources, scheduler: scheduler, counters: counters, load: load, tell: tell)
        let animo = AnimoService(
            admission: admission,
            renderer: FrameRenderer(limits: limits, sources: sources, scheduler: scheduler, codecs: codecs),
            version: configuration.version)
        admin = AdminService(
            models: models, admission: admission, scheduler: scheduler, codecs: codecs, budget: budget,
            incoming: incoming, counters: counters, health: health,
            connections: connections,
            reloader: reloader, tell: tell, version: configuration.version, threads: configuration.threads,
            lostLogLines: configuration.lostLogLines)
        observers = ObserverListeners(admin: admin) { [connectionErrors] in connectionErrors.note(.resources) }
        dispatcher = Dispatcher(
            limits: limits, budget: budget, incoming: incoming, animo: animo,
            admin: admin, health: health,
            access: configuration.access, quotas: PeerQuotas(limits: limits), scheduler: scheduler,
            timers: timers,
            counters: counters, connectionErrors: connectionErrors,
            logger: logger)
    }

    /// Binds, warms the models, serves, and returns when a graceful shutdown has finished what was accepted.
    ///
    /// - Throws: ``ListenerError``, or the error of a model that cannot be warmed.
    package func run() async throws {
        var listeners: [Listener<Connection.Channel>] = []
        defer { for listener in listeners { listener.removeFile() } }
        for source in configuration.listeners {
            let security = source.isTCP ? configuration.security : nil
            listeners.append(
                try await Listener.bind(
                    source, mode: configuration.socketMode, group: configuration.socketGroup,
                    // TLS ends both directions at once.
                    buffers: configuration.socketBuffers, answersHalfClosed: security == nil, on: group,
                    exhausted: { [connectionErrors] in connectionErrors.note(.resources) }
                ) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try security?.secure(channel)
                        let wrapped = try Connection.Channel(wrappingChannelSynchronously: channel)
                        // One that is accepted while we stop finds nobody to serve it, and must not be abandoned open.
                        channel.closeFuture.whenComplete { _ in withExtendedLifetime(wrapped) {} }
                        return wrapped
                    }
                })
        }
        let accepting = listeners
        let metrics = try await observers.bindMetrics(configuration.metrics)
        defer { for listener in metrics { listener.removeFile() } }
        let agent = try await observers.bindAgent(configuration.agent)
        defer { for listener in agent { listener.removeFile() } }
        // Clients that connect by now wait until the first picture can be rendered without delay.
        try await reloader.warmUp()
        health.change(isServing: true)
        tell(
            .serving(
                BoundAddresses(
                    serving: accepting.compactMap(\.address), metrics: metrics.compactMap(\.address),
                    agent: agent.compactMap(\.address))))
        try await withGracefulShutdownHandler {
            // Whoever watches is answered until the last call is.
            try await withThrowingDiscardingTaskGroup { watchers in
                for listener in metrics + agent { watchers.addTask { try await listener.acceptUntilCancelled() } }
                watchers.addTask { await self.trimmer.trimUntilCancelled() }
                try await withThrowingDiscardingTaskGroup { group in
                    for listener in accepting { group.addTask { try await self.accept(on: listener) } }
                }
                watchers.cancelAll()
            }
        } onGracefulShutdown: {
            self.health.stop()
            self.connections.drain()
            for listener in accepting { listener.close() }
        }
        scheduler.stop()
        codecs.stop()
        try await observers.group.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    /// Reads the models again and serves what has changed, once it is warm.
    @discardableResult
    package func reload() async throws -> [ReloadedModel] { try await reloader.reload() }

    var agentAnswer: AgentHandler.Answer { admin.agentAnswer }

    /// On the connections' own thread: neither does a place wait to be taken for what else Swift's pool has to do, nor
    /// to be given back.
    private func accept(on listener: Listener<Connection.Channel>) async throws {
        try await withTaskExecutorPreference(LoopExecutor(group.next())) {
            try await withThrowingDiscardingTaskGroup { group in
                try await listener.channel.executeThenClose { inbound in
                    for try await channel in inbound { group.addTask { await self.serve(channel) } }
                }
                // Draining: connections end when their calls have, and at the latest in time.
                await waitUntilIdle()
                group.cancelAll()
            }
        }
    }

    private func serve(_ channel: Connection.Channel) async {
        guard let connection = await admitted(channel) else {
            try? await channel.executeThenClose { _, _ in }
            return
        }
        counters.connected(1)
        await connection.run(channel)
        connections.remove(connection)
        counters.connected(-1)
    }

    /// nil for those who may not, and when there are too many.
    private func admitted(_ channel: Connection.Channel) async -> Connection? {
        let isSecured = configuration.security != nil
        let peer: PeerIdentity
        do {
            peer = try await PeerIdentity(of: channel.channel, secured: isSecured)
        } catch HandshakeError.failed {
            connectionErrors.note(.handshake)
            return nil
        } catch {
            // It was gone before it said anything: whoever looks whether a port is open does that.
            return nil
        }
        guard let role = await configuration.access.role(of: peer) else {
            connectionErrors.note(.access)
            return nil
        }
        let connection = connections.admit(peer, isAdministrator: role == .administrator) {
            Connection(
                number: $0, peer: peer, role: role, dispatcher: dispatcher, loop: channel.channel.eventLoop,
                logger: logger)
        }
        if connection == nil { connectionErrors.note(RefusedConnection.limit) }
        return connection
    }

    private func waitUntilIdle() async {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(configuration.drainSeconds * 1e9))
        while NIODeadline.now() < deadline, !Task.isCancelled {
            if connections.isIdle { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
