import AnimoWire

/// Facts of a server at one moment, gathered once and rendered for Status and for Prometheus. What is
/// counted over time is in ``Counters``.
struct ServerSnapshot: Sendable {
    let version: String
    /// "starting", "serving" or "draining".
    let state: String
    let isServing: Bool
    let uptimeSeconds: Double
    /// Compute threads.
    let threads: Int
    let connections: Int
    let sessions: Int
    /// Calls and sessions in flight; not those that only ask.
    let calls: Int
    let queuedJobs: Int
    let queuedSeconds: Double
    /// Pictures that wait to be decoded.
    let codecJobs: Int
    let codecSeconds: Double
    let limits: ServerLimits
    /// Memory reserved by requests, and of frames that are not complete.
    let requestBytes: Int
    let incomingBytes: Int
    /// For how long the engine has been at what it does now.
    let engineBusySeconds: Double
    let models: [ModelRegistry.Entry]
    let sources: SourceCache.Statistics
    /// In bytes.
    let sourceBudget: Int
    let lostLogLines: UInt64
    let residentBytes: UInt64
    let descriptors: Int
    let descriptorLimit: Int
    let processThreads: Int
    let processorSeconds: Double
    /// Of the process, in seconds since the epoch.
    let startTime: Double

    func status(_ counters: Counters, reloadError: String) -> Wire.StatusReply {
        func wire(_ counts: [(String, UInt64)]) -> [Wire.Counter] {
            counts.map { Wire.Counter(name: $0.0, value: $0.1) }
        }
        return Wire.StatusReply(
            serverVersion: version, state: state, uptimeSeconds: uptimeSeconds, threads: UInt32(threads),
            residentBytes: residentBytes, connections: UInt32(connections), sessions: UInt32(sessions),
            queued: UInt32(queuedJobs), queuedSeconds: queuedSeconds, requests: wire(counters.requests),
            frames: wire(counters.frames), batches: wire(counters.batches.map { ("\($0.0)", $0.1) }),
            computeP50Ms: counters.computeMilliseconds(share: 0.5),
            computeP99Ms: counters.computeMilliseconds(share: 0.99),
            sources: Wire.SourceCacheStatus(
                entries: UInt64(sources.entries), bytes: UInt64(sources.bytes), budget: UInt64(sourceBudget),
                hits: sources.hits, misses: sources.misses, evictions: sources.evictions),
            models: models.map(Wire.ModelDescription.init), calls: UInt32(calls), reloads: counters.reloads,
            failedReloads: counters.failedReloads, reloadError: reloadError,
            latencies: counters.latencies.map {
                Wire.MethodLatency(method: $0.method, medianMs: $0.median, highMs: $0.high)
            }, descriptors: UInt32(descriptors), descriptorLimit: UInt64(descriptorLimit),
            engineBusySeconds: engineBusySeconds, troubles: wire(counters.troubles), lostLogLines: lostLogLines)
    }

    /// Sets the series of this moment. One report at a time: all share the series.
    func observe(by counters: Counters) {
        counters.observe(.information, [version], 1)
        counters.store.clear(.model)
        for model in models {
            counters.observe(.model, [model.name, model.engine.information.digest.hexadecimal], 1)
        }
        let gauges: [(MetricFamily, Double)] = [
            (.serving, isServing ? 1 : 0), (.uptime, uptimeSeconds), (.connections, Double(connections)),
            (.connectionLimit, Double(limits.connections)), (.peerConnectionLimit, Double(limits.connectionsOfPeer)),
            (.sessionLimit, Double(limits.sessions)), (.peerSessionLimit, Double(limits.sessionsOfPeer)),
            (.codecJobs, Double(codecJobs)), (.codecSeconds, codecSeconds), (.queueLimit, limits.queueSeconds),
            (.requestMemory, Double(requestBytes)), (.requestMemoryLimit, Double(limits.requestBytes)),
            (.incomingMemory, Double(incomingBytes)), (.incomingMemoryLimit, Double(limits.requestBytes)),
            (.processStart, startTime),
            (.sessions, Double(sessions)), (.calls, Double(calls)), (.queuedJobs, Double(queuedJobs)),
            (.queuedSeconds, queuedSeconds), (.engineBusy, engineBusySeconds), (.sources, Double(sources.entries)),
            (.sourceBytes, Double(sources.bytes)), (.sourceBudget, Double(sourceBudget)),
            (.processMemory, Double(residentBytes)), (.processDescriptors, Double(descriptors)),
            (.processDescriptorLimit, Double(descriptorLimit)), (.processThreads, Double(processThreads)),
        ]
        for (family, value) in gauges { counters.observe(family, [], value) }
        counters.observeTotal(.sourceLookups, ["hit"], Double(sources.hits))
        counters.observeTotal(.sourceLookups, ["miss"], Double(sources.misses))
        counters.observeTotal(.sourceEvictions, [], Double(sources.evictions))
        counters.observeTotal(.lostLogLines, [], Double(lostLogLines))
        counters.observeTotal(.processSeconds, [], processorSeconds)
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
