import NIOCore
import NIOHTTP1
import NIOPosix

/// Listeners for those who only watch: Prometheus and a balancer.
///
/// They have an event loop of their own, which nothing that is served waits for, few places each, and little time.
struct ObserverListeners: Sendable {
    /// Connections of one listener.
    static let places = 64

    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let admin: AdminService
    private let exhausted: @Sendable () -> Void

    /// - Parameter exhausted: told of each connection that could not be accepted for want of descriptors.
    init(admin: AdminService, exhausted: @escaping @Sendable () -> Void) {
        self.admin = admin
        self.exhausted = exhausted
    }

    /// Answers `GET /metrics`.
    func bindMetrics(_ sources: [ListenerSource]) async throws -> [Listener<Void>] {
        let page = MetricsPage(report: MetricsReport(admin: admin))
        return try await bind(sources) { channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(MetricsHandler(page: page))
        }
    }

    /// Answers HAProxy's agent check.
    func bindAgent(_ sources: [ListenerSource]) async throws -> [Listener<Void>] {
        try await bind(sources) { [admin] channel in
            try channel.pipeline.syncOperations.addHandler(AgentHandler { admin.agentAnswer })
        }
    }

    private func bind(
        _ sources: [ListenerSource], prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> [Listener<Void>] {
        var listeners: [Listener<Void>] = []
        for source in sources {
            let places = ObserverPlaces(limit: Self.places)
            listeners.append(
                try await Listener.bind(source, on: group, exhausted: exhausted) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ObserverHandler(places: places))
                        try prepare(channel)
                    }
                })
        }
        return listeners
    }
}
