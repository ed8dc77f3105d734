import AnimoWire
import Synchronization

/// What `grpc.health.v1.Health` tells: the whole server by the empty name, and each model by its own.
public final class ServerHealth: Sendable {
    typealias Status = Wire.HealthCheckResponse.ServingStatus

    private struct State {
        var hasServed = false
        var isServing = false
        var isStopped = false
        var watchers: [UInt64: Watcher] = [:]
        var next: UInt64 = 0

        var status: Status { isServing ? .serving : .notServing }
    }

    private struct Watcher {
        let isOfKnownName: Bool
        let continuation: AsyncStream<Wire.HealthCheckResponse>.Continuation
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
        guarded.withLock { state in
            guard state.isServing != isServing, !state.isStopped else { return false }
            state.isServing = isServing
            state.hasServed = state.hasServed || isServing
            for watcher in state.watchers.values where watcher.isOfKnownName {
                watcher.continuation.yield(.init(status: state.status))
            }
            return true
        }
    }

    /// Tells that the server no longer serves, and ends every watch: a connection that watches must not hold up a stop.
    func stop() {
        change(isServing: false)
        let watchers = guarded.withLock { state in
            state.isStopped = true
            return state.watchers.values.map(\.continuation)
        }
        // Outside the lock, which the end of each takes.
        for watcher in watchers { watcher.finish() }
    }

    func check(_ name: String) throws -> Wire.HealthCheckResponse {
        guard names.contains(name) else {
            throw RPCError(
                .notFound, .noSuchModel, "service: no model '\(name.shortened)'", field: "service")
        }
        return Wire.HealthCheckResponse(status: isServing ? .serving : .notServing)
    }

    /// The status now and each time it changes, until the server stops.
    func watch(_ name: String) -> AsyncStream<Wire.HealthCheckResponse> {
        let (stream, continuation) = AsyncStream<Wire.HealthCheckResponse>.makeStream(
            bufferingPolicy: .bufferingNewest(4))
        let isKnown = names.contains(name)
        guarded.withLock { state in
            continuation.yield(.init(status: isKnown ? state.status : .serviceUnknown))
            if state.isStopped { return continuation.finish() }
            let number = state.next
            state.next += 1
            state.watchers[number] = Watcher(isOfKnownName: isKnown, continuation: continuation)
            continuation.onTermination = { [weak self] _ in
                self?.guarded.withLock { $0.watchers[number] = nil }
            }
        }
        return stream
    }
}
