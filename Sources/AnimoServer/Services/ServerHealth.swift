import AnimoWire
import Synchronization

/// State that `grpc.health.v1.Health` tells: of the whole server by the empty name, and of each model by its own.
package final class ServerHealth: Sendable {
    private struct State {
        var hasServed = false
        var isServing = false
        var isStopped = false
        /// Signals that the status may have changed; who watches then asks for it. None carries a status, so that it
        /// does not matter in which order two changes reach a watcher.
        var watchers: [UInt64: Watcher] = [:]
        var next: UInt64 = 0
    }

    private struct Watcher {
        /// The status of an unknown name does not change.
        let isOfKnownName: Bool
        let changes: AsyncStream<Void>.Continuation
    }

    private let names: Set<String>
    private let guarded = Mutex(State())

    /// - Parameter names: of the models.
    init(names: [String]) { self.names = Set(names).union([""]) }

    var isServing: Bool { guarded.withLock { $0.isServing } }

    /// "starting", "serving" or "draining".
    var state: String {
        guarded.withLock { $0.isServing ? "serving" : $0.hasServed ? "draining" : "starting" }
    }

    /// Whether this changed anything: a server that stops does not serve again.
    @discardableResult
    func change(isServing: Bool) -> Bool {
        let watchers: [AsyncStream<Void>.Continuation]? = guarded.withLock { state in
            guard state.isServing != isServing, !state.isStopped else { return nil }
            state.isServing = isServing
            state.hasServed = state.hasServed || isServing
            return state.watchers.values.filter(\.isOfKnownName).map(\.changes)
        }
        // Outside the lock: a yield waits for the status lock of the task that it resumes, and whoever cancels that
        // task holds it while `onTermination` waits for ours.
        for watcher in watchers ?? [] { watcher.yield() }
        return watchers != nil
    }

    /// Tells that the server no longer serves, and ends every watch: a connection that watches must not hold up a stop.
    func stop() {
        change(isServing: false)
        let watchers = guarded.withLock { state in
            state.isStopped = true
            defer { state.watchers = [:] }
            return state.watchers.values.map(\.changes)
        }
        for watcher in watchers { watcher.finish() }
    }

    func check(_ name: String) throws -> Wire.HealthCheckResponse {
        guard names.contains(name) else {
            throw RPCError(
                .notFound, .noSuchModel, "service: no model '\(name.shortened)'", field: "service")
        }
        return Wire.HealthCheckResponse(status: isServing ? .serving : .notServing)
    }

    /// The status now and each time it changes, until the server stops. Changes that come faster than they are read
    /// are told as the last of them.
    func watch(_ name: String) -> some AsyncSequence<Wire.HealthCheckResponse, Never> & Sendable {
        let isKnown = names.contains(name)
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        let number: UInt64? = guarded.withLock { state in
            guard !state.isStopped else { return nil }
            state.next += 1
            state.watchers[state.next] = Watcher(isOfKnownName: isKnown, changes: continuation)
            return state.next
        }
        if let number {
            continuation.onTermination = { [weak self] _ in
                _ = self?.guarded.withLock { $0.watchers.removeValue(forKey: number) }
            }
        } else {
            continuation.finish()
        }
        return changes.map { [self] _ in
            Wire.HealthCheckResponse(
                status: !isKnown ? .serviceUnknown : isServing ? .serving : .notServing)
        }
    }
}
