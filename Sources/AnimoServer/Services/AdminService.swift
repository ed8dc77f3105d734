import AnimoWire
import NIOCore

/// The methods of `animo.v1.Admin`.
struct AdminService: Sendable {
    let models: ModelRegistry
    let admission: Admission
    let scheduler: Scheduler
    let codecs: CodecPool
    let budget: MemoryBudget
    let incoming: IncomingMemory
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

    /// The facts of this moment.
    func snapshot() -> ServerSnapshot {
        let backlog = scheduler.backlog
        let decoding = codecs.backlog
        return ServerSnapshot(
            version: version, state: health.state, isServing: health.isServing,
            uptimeSeconds: (NIODeadline.now() - started).seconds, threads: threads,
            connections: counters.connections, sessions: counters.sessions, calls: connections.inFlightCalls,
            queuedJobs: backlog.jobs, queuedSeconds: backlog.seconds, codecJobs: decoding.jobs,
            codecSeconds: decoding.seconds, limits: admission.limits, requestBytes: budget.used,
            incomingBytes: incoming.used,
            engineBusySeconds: scheduler.stallDuration().seconds, models: models.entries,
            sources: admission.cache.statistics, sourceBudget: admission.cache.budget, lostLogLines: lostLogLines(),
            residentBytes: process.residentBytes, descriptors: process.descriptors,
            descriptorLimit: process.descriptorLimit, processThreads: process.threads,
            processorSeconds: process.processorSeconds, startTime: process.startTime)
    }

    func status() async -> Wire.StatusReply {
        snapshot().status(counters, reloadError: await reloader.lastError)
    }

    /// For a balancer: new work while serving, time to finish while draining, and nothing else.
    var agentAnswer: AgentHandler.Answer {
        if health.isServing { return .ready }
        return connections.inFlightCalls > 0 ? .drain : .maintenance
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
        return Wire.DrainReply(state: health.state, calls: UInt32(connections.inFlightCalls))
    }

    func verify(_ request: Wire.VerifyRequest, _ call: CallContext) async throws -> Wire.VerifyReply {
        let model = try admission.model(request.model)
        let stages = try await scheduler.run(
            VerificationWork(engine: model.engine), as: call.scheduling(.interactive)
        ).output
        return Wire.VerifyReply(
            stages: stages.map {
                Wire.VerifyStage(
                    name: $0.name, difference: Double($0.difference), limit: Double($0.limit), against: $0.against)
            },
            passed: stages.allSatisfy { $0.difference <= $0.limit })
    }
}
