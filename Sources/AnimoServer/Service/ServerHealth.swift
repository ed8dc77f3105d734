import AnimoWire
import Synchronization

/// What `grpc.health.v1.Health` tells: the whole server by the empty name, and each model by its own.
public final class ServerHealth: Sendable {
    typealias Status = Wire.HealthCheckResponse.ServingStatus

    private struct State {
        var isServing = false
        var watchers: [UInt64: AsyncStream<Wire.HealthCheckResponse>.Continuation] = [:]
        var next: UInt64 = 0
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
            for watcher in state.watchers.values { watcher.yield(.init(status: isServing ? .serving : .notServing)) }
        }
    }

    func check(_ name: String) throws -> Wire.HealthCheckResponse {
        guard names.contains(name) else {
            throw RPCError(
                .notFound, .noSuchModel, "service: no model '\(name.shortened)'", field: "service")
        }
        return Wire.HealthCheckResponse(status: isServing ? .serving : .notServing)
    }

    /// The status now and each time it changes.
    func watch(_ name: String) -> AsyncStream<Wire.HealthCheckResponse> {
        let (stream, continuation) = AsyncStream<Wire.HealthCheckResponse>.makeStream(
            bufferingPolicy: .bufferingNewest(4))
        let isKnown = names.contains(name)
        state.withLock { state in
            guard isKnown else {
                continuation.yield(.init(status: .serviceUnknown))
                return
            }
            continuation.yield(.init(status: state.isServing ? .serving : .notServing))
            let number = state.next
            state.next += 1
            state.watchers[number] = continuation
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.watchers[number] = nil }
            }
        }
        return stream
    }
}
