import Synchronization

/// The connections that are open, and whether they take new work.
final class ConnectionTable: Sendable {
    private struct State {
        var connections: [UInt64: Connection] = [:]
        var next: UInt64 = 0
        var isDraining = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// A connection that `make` makes under its number; nil when there are too many.
    func admit(_ make: (UInt64) -> Connection) -> Connection? {
        let admitted: (connection: Connection, isDraining: Bool)? = state.withLock { state in
            guard state.connections.count < limit else { return nil }
            state.next += 1
            let connection = make(state.next)
            state.connections[state.next] = connection
            return (connection, state.isDraining)
        }
        if admitted?.isDraining == true { admitted?.connection.drain() }
        return admitted?.connection
    }

    func remove(_ connection: Connection) { state.withLock { $0.connections[connection.number] = nil } }

    /// Sessions are told and end, new calls are refused, from now on.
    func drain() {
        let connections = state.withLock { state in
            state.isDraining = true
            return Array(state.connections.values)
        }
        for connection in connections { connection.drain() }
    }

    /// New calls are taken again. Sessions that were told to end do so.
    func resume() {
        let connections = state.withLock { state in
            state.isDraining = false
            return Array(state.connections.values)
        }
        for connection in connections { connection.resume() }
    }

    /// Whether nothing is in the works, and nothing on its way out.
    var isIdle: Bool { state.withLock { Array($0.connections.values) }.allSatisfy(\.isIdle) }

    /// Calls and sessions in the works; not those that ask how things are.
    var callsInTheWorks: Int {
        state.withLock { Array($0.connections.values) }.reduce(0) { $0 + $1.callsInTheWorks }
    }
}
