import AnimoConcurrency
import AnimoWire
import NIOCore

/// Puts new models in the place of those that are served: read, checked and warmed first, and then all of them or none.
actor Reloader {
    /// Makes what shall be served out of what is; an unchanged model is handed back as it is. May block.
    typealias Loading = @Sendable ([ModelRegistry.Entry]) throws -> [ModelRegistry.Entry]

    /// Reason why the last one failed.
    private(set) var lastError = ""

    private let models: ModelRegistry
    private let sources: SourceStore
    private let scheduler: Scheduler
    private let counters: Counters
    private let load: Loading
    private let tell: @Sendable (ServerEvent) -> Void
    /// Begun, and not begun yet.
    private var current: Task<[ReloadedModel], any Error>?
    private var next: Task<[ReloadedModel], any Error>?

    init(
        models: ModelRegistry, sources: SourceStore, scheduler: Scheduler, counters: Counters, load: @escaping Loading,
        tell: @escaping @Sendable (ServerEvent) -> Void
    ) {
        self.models = models
        self.sources = sources
        self.scheduler = scheduler
        self.counters = counters
        self.load = load
        self.tell = tell
    }

    /// One at a time; whoever asks while one waits shares it, since it will read the files as they are then.
    func reload() async throws -> [ReloadedModel] {
        if let next { return try await next.value }
        let before = current
        let task = Task {
            _ = await before?.result
            current = next
            next = nil
            return try await replace()
        }
        next = task
        return try await task.value
    }

    /// Makes the models that are served from the start ready for their first call.
    func warmUp() async throws {
        for entry in models.entries { try await warmUp(entry) }
    }

    private func replace() async throws -> [ReloadedModel] {
        tell(.reloading)
        do {
            let served = models.entries
            let entries = try await runBlocking { [load] in try load(served) }
            for entry in entries where !models.serves(entry.engine) { try await warmUp(entry) }
            let outcome = entries.map { entry in
                ReloadedModel(
                    name: entry.name, digest: entry.engine.information.digest,
                    changed: !models.serves(entry.engine))
            }
            models.replace(with: entries)
            sources.forgetReplaced()
            counters.reloaded(true)
            lastError = ""
            tell(.reloaded(outcome))
            return outcome
        } catch {
            let answer = RPCError(mapping: error)
            counters.reloaded(false)
            lastError = answer.message
            tell(.reloadFailed(answer.message))
            throw answer
        }
    }

    /// On the engine thread, in its turn: the models that serve go on serving.
    private func warmUp(_ entry: ModelRegistry.Entry) async throws {
        let context = SchedulingContext(
            priority: .interactive, peer: 0, session: 0, deadline: .now() + .minutes(2))
        do {
            _ = try await scheduler.run(WarmUpWork(engine: entry.engine), as: context)
        } catch let error as SchedulerError {
            throw error
        } catch {
            throw ModelLoadFailure(.unusable, model: entry.name, "it cannot draw a picture")
        }
    }
}
