import AnimoWire
import NIOCore

/// Prepares sources once and keeps them.
struct SourceStore: Sendable {
    let models: ModelRegistry
    let limits: ServerLimits
    let cache: SourceCache
    let scheduler: Scheduler
    let codecs: CodecPool

    /// Evicts the sources of models that are no longer served.
    func forgetReplaced() {
        cache.remove { [models] in !models.serves($0.model.engine) }
    }

    /// A source, decoded, cropped and prepared now unless it is kept, and what that took.
    ///
    /// - Parameter account: pays for the picture until it is kept as a source.
    func prepared(
        _ source: AdmittedSource, for account: MemoryAccount, as context: SchedulingContext
    ) async throws -> (source: CachedSource, times: Wire.Times) {
        switch source {
        case .kept(let source): (source, Wire.Times())
        case .picture(let job): try await prepare(job, for: account, as: context)
        }
    }

    private func prepare(
        _ job: SourceJob, for account: MemoryAccount, as context: SchedulingContext
    ) async throws -> (source: CachedSource, times: Wire.Times) {
        let (plan, found) = try await codecs.run {
            var times = Wire.Times()
            let plan = try await SourcePlan.plan(
                job, limits: limits, account: account, codecs: codecs, locator: HeadLocator(scheduler: scheduler),
                as: context,
                times: &times)
            return (plan, times)
        }
        let engine = job.model.engine
        let done = try await scheduler.run(
            PreparationWork(engine: engine, images: plan.images, domain: job.domain), as: context)
        let source = CachedSource(
            id: job.id, model: job.model, domain: job.domain, prepared: done.output,
            flowSide: engine.capabilities.nativeSize, side: plan.side,
            detail: plan.detail, large: plan.large, crop: plan.crop, original: plan.original,
            sent: job.sent, memory: cache.memory)
        cache.insert(source, of: job.owner)
        // A reload may have come in between; a session may have a model that is no longer served.
        if !models.serves(engine) { cache.remove(where: { $0 === source }) }
        return (
            source,
            Wire.Times(
                decode: found.decode, prepare: done.computed.microseconds,
                queue: found.queue + done.queued.microseconds, compute: found.compute)
        )
    }
}
