import Synchronization

/// The connections that are open, and whether they take new work.
final class ConnectionTable: Sendable {
    private struct State {
        var connections: [UInt64: Connection] = [:]
        /// How many each peer has.
        var peers: [PeerIdentity.Kind: Int] = [:]
        var next: UInt64 = 0
        var isDraining = false
    }

    private let limit: Int
    private let peerLimit: Int
    /// Places that administrators alone may take, so that a crowd cannot shut them out.
    private var reserved: Int { min(16, limit / 8) }
    private let state = Mutex(State())

    /// - Parameter peerLimit: of one peer; nil for all there are.
    init(limit: Int, ofOnePeer peerLimit: Int? = nil) {
        self.limit = limit
        self.peerLimit = peerLimit ?? limit
    }

    /// A connection that `make` makes under its number; nil when there are too many.
    func admit(
        _ peer: PeerIdentity, isAdministrator: Bool, _ make: (UInt64) -> Connection
    ) -> Connection? {
        let admitted: (connection: Connection, isDraining: Bool)? = state.withLock { state in
            guard state.connections.count < limit - (isAdministrator ? 0 : reserved),
                isAdministrator || state.peers[peer.kind, default: 0] < peerLimit
            else { return nil }
            state.next += 1
            let connection = make(state.next)
            state.connections[state.next] = connection
            state.peers[peer.kind, default: 0] += 1
            return (connection, state.isDraining)
        }
        if admitted?.isDraining == true { admitted?.connection.drain() }
        return admitted?.connection
    }

    func remove(_ connection: Connection) {
        state.withLock { state in
            guard state.connections.removeValue(forKey: connection.number) != nil else { return }
            let left = state.peers[connection.peer.kind, default: 1] - 1
            state.peers[connection.peer.kind] = left == 0 ? nil : left
        }
    }

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
