import AnimoModel
import AnimoWire
import NIOCore

/// The methods of `animo.v1.Admin`.
struct AdminService: Sendable {
    let models: ModelRegistry
    let sources: SourceStore
    let counters: Counters
    let health: ServerHealth
    let connections: ConnectionTable
    let reloader: Reloader
    let tell: @Sendable (ServerEvent) -> Void
    let version: String
    let threads: Int
    let lostLogLines: @Sendable () -> UInt64
    let started = NIODeadline.now()
    let process = ProcessFacts()

    var uptimeSeconds: Double { (NIODeadline.now() - started).seconds }

    /// For how long the engine has been at what it does now.
    var engineBusySeconds: Double { sources.scheduler.silence().seconds }

    func status() async -> Wire.StatusReply {
        let backlog = sources.scheduler.backlog
        let cache = sources.cache.statistics
        return Wire.StatusReply(
            serverVersion: version, state: health.state,
            uptimeSeconds: uptimeSeconds, threads: UInt32(threads),
            residentBytes: process.residentBytes, connections: UInt32(counters.connections),
            sessions: UInt32(counters.sessions), queued: UInt32(backlog.jobs), queuedSeconds: backlog.seconds,
            requests: counters.requests.map { Wire.Counter(name: $0.0, value: $0.1) },
            frames: counters.frames.map { Wire.Counter(name: $0.0, value: $0.1) },
            batches: counters.batches.map { Wire.Counter(name: "\($0.0)", value: $0.1) },
            computeP50Ms: counters.computeMilliseconds(share: 0.5),
            computeP99Ms: counters.computeMilliseconds(share: 0.99),
            sources: Wire.SourceCacheStatus(
                entries: UInt64(cache.entries), bytes: UInt64(cache.bytes), budget: UInt64(sources.cache.budget),
                hits: cache.hits, misses: cache.misses, evictions: cache.evictions),
            models: models.entries.map(Wire.ModelDescription.init), calls: UInt32(connections.callsInTheWorks),
            reloads: counters.reloads, failedReloads: counters.failedReloads,
            reloadError: await reloader.lastError,
            latencies: counters.latencies.map {
                Wire.MethodLatency(method: $0.method, medianMs: $0.median, highMs: $0.high)
            }, descriptors: UInt32(process.descriptors),
            descriptorLimit: UInt64(process.descriptorLimit), engineBusySeconds: engineBusySeconds,
            troubles: counters.troubles.map { Wire.Counter(name: $0.0, value: $0.1) }, lostLogLines: lostLogLines())
    }

    /// For a balancer: new work while serving, time to finish while draining, and nothing else.
    var agentAnswer: AgentHandler.Answer {
        if health.isServing { return .ready }
        return connections.callsInTheWorks > 0 ? .drain : .maintenance
    }

    func reload() async throws -> Wire.ReloadReply {
        Wire.ReloadReply(
            models: try await reloader.reload().map {
                Wire.ReloadedModel(name: $0.name, digest: $0.digest, changed: $0.changed)
            })
    }

    /// Says how much is left to do; asked again, it says so again.
    func drain(_ request: Wire.DrainRequest) -> Wire.DrainReply {
        if health.change(isServing: request.resume) {
            if request.resume { connections.resume() } else { connections.drain() }
            tell(.draining(!request.resume))
        }
        return Wire.DrainReply(state: health.state, calls: UInt32(connections.callsInTheWorks))
    }

    func verify(_ request: Wire.VerifyRequest, _ call: CallContext) async throws -> Wire.VerifyReply {
        let model = try sources.model(request.model)
        let key = BatchKey(
            engine: ObjectIdentifier(model.engine), stage: .verify,
            domain: model.engine.capabilities.domains.first ?? .anime,
            flowSide: 0, side: 0)
        let done = try await sources.scheduler.run(
            .verify, on: model.engine, key: key, as: call.standing(.interactive))
        guard case .verified(let stages) = done.result else { throw EngineFailure.nothingDrawn }
        return Wire.VerifyReply(
            stages: stages.map {
                Wire.VerifyStage(
                    name: $0.name, difference: Double($0.difference), limit: Double($0.limit), against: $0.against)
            },
            passed: stages.allSatisfy { $0.difference <= $0.limit })
    }
}
