import AnimoWire
import Synchronization

/// What `grpc.health.v1.Health` tells: the whole server by the empty name, and each model by its own.
public final class ServerHealth: Sendable {
    typealias Status = Wire.HealthCheckResponse.ServingStatus

    private struct State {
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
    private let state = Mutex(State())

    /// - Parameter names: of the models.
    init(names: [String]) { self.names = Set(names).union([""]) }

    var isServing: Bool { state.withLock { $0.isServing } }

    func change(isServing: Bool) {
        state.withLock { state in
            guard state.isServing != isServing else { return }
            state.isServing = isServing
            for watcher in state.watchers.values where watcher.isOfKnownName {
                watcher.continuation.yield(.init(status: state.status))
            }
        }
    }

    /// Tells that the server no longer serves, and ends every watch: a connection that watches must not hold up a stop.
    func stop() {
        change(isServing: false)
        let watchers = state.withLock { state in
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
        state.withLock { state in
            continuation.yield(.init(status: isKnown ? state.status : .serviceUnknown))
            if state.isStopped { return continuation.finish() }
            let number = state.next
            state.next += 1
            state.watchers[number] = Watcher(isOfKnownName: isKnown, continuation: continuation)
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.watchers[number] = nil }
            }
        }
        return stream
    }
}
