/// All metrics as text, with the facts of the moment.
struct MetricsReport: Sendable {
    let admin: AdminService

    /// One report at a time: each sets the facts of its moment in series that all share.
    func text() -> String { admin.counters.reporting.withLock { _ in written() } }

    private func written() -> String {
        let counters = admin.counters
        let backlog = admin.sources.scheduler.backlog
        let cache = admin.sources.cache.statistics
        counters.observe(.information, [admin.version], 1)
        counters.store.clear(.model)
        for model in admin.models.entries {
            counters.observe(.model, [model.name, model.engine.information.digest.hexadecimal], 1)
        }
        counters.observe(.serving, [], admin.health.isServing ? 1 : 0)
        counters.observe(.uptime, [], admin.uptimeSeconds)
        counters.observe(.connections, [], Double(counters.connections))
        counters.observe(.sessions, [], Double(counters.sessions))
        counters.observe(.calls, [], Double(admin.connections.callsInTheWorks))
        counters.observe(.queuedJobs, [], Double(backlog.jobs))
        counters.observe(.queuedSeconds, [], backlog.seconds)
        counters.observe(.engineBusy, [], admin.engineBusySeconds)
        counters.observe(.sources, [], Double(cache.entries))
        counters.observe(.sourceBytes, [], Double(cache.bytes))
        counters.observe(.sourceBudget, [], Double(admin.sources.cache.budget))
        counters.observeTotal(.sourceLookups, ["hit"], Double(cache.hits))
        counters.observeTotal(.sourceLookups, ["miss"], Double(cache.misses))
        counters.observeTotal(.sourceEvictions, [], Double(cache.evictions))
        counters.observeTotal(.lostLogLines, [], Double(admin.lostLogLines()))
        counters.observe(.processMemory, [], Double(admin.process.residentBytes))
        counters.observe(.processDescriptors, [], Double(admin.process.descriptors))
        counters.observe(.processDescriptorLimit, [], Double(admin.process.descriptorLimit))
        counters.observe(.processThreads, [], Double(admin.process.threads))
        counters.observeTotal(.processSeconds, [], admin.process.processorSeconds)
        return PrometheusText.render(counters.store)
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
