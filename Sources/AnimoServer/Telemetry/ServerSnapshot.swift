import AnimoWire

/// Facts of a server at one moment, gathered once and rendered for Status, and by the rows of ``MetricFamily`` for
/// Prometheus. What is counted over time is in ``Counters``.
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
    /// Start of the process, in seconds since the epoch.
    let startTime: Double

    /// Renders the facts and what was counted for `Status`.
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
}
