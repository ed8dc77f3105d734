import Synchronization

/// The connections that are open, and whether they take new work.
final class ConnectionTable: Sendable {
    private struct State {
        var connections: [UInt64: Connection] = [:]
        /// Places taken, by connections and by those that are being made.
        var places = 0
        /// Number of connections of each peer.
        var peers: [PeerIdentity.Owner: Int] = [:]
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
    ///
    /// With all places taken, the peer that has the most gives up the connection that has been idle for longest, unless
    /// that is the one who asks.
    func admit(
        _ peer: PeerIdentity, isAdministrator: Bool, _ make: (UInt64) -> Connection
    ) -> Connection? {
        let most = limit - (isAdministrator ? 0 : reserved)
        if state.withLock({ $0.places >= most }) { displaceIdle(for: peer) }
        let number: UInt64? = state.withLock { state in
            guard state.places < most, isAdministrator || state.peers[peer.owner, default: 0] < peerLimit
            else { return nil }
            state.next += 1
            state.places += 1
            state.peers[peer.owner, default: 0] += 1
            return state.next
        }
        guard let number else { return nil }
        let connection = make(number)
        let isDraining = state.withLock { state in
            state.connections[number] = connection
            return state.isDraining
        }
        if isDraining { connection.drain() }
        return connection
    }

    private func displaceIdle(for peer: PeerIdentity) {
        let (owner, connections) = state.withLock { state in
            let largest = state.peers.max { $0.value < $1.value }?.key
            return (largest, state.connections.values.filter { $0.peer.owner == largest })
        }
        guard owner != peer.owner else { return }
        let idle = connections.compactMap { connection in connection.idleSince.map { (connection, $0) } }
        guard let oldest = idle.min(by: { $0.1 < $1.1 })?.0 else { return }
        remove(oldest)
        oldest.displace()
    }

    func remove(_ connection: Connection) {
        state.withLock { state in
            guard state.connections.removeValue(forKey: connection.number) != nil else { return }
            state.places -= 1
            let left = state.peers[connection.peer.owner, default: 1] - 1
            state.peers[connection.peer.owner] = left == 0 ? nil : left
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

    /// Peers that have a connection.
    var owners: Set<PeerIdentity.Owner> { state.withLock { Set($0.peers.keys) } }

    /// Whether nothing is in flight, and nothing on its way out.
    var isIdle: Bool { state.withLock { Array($0.connections.values) }.allSatisfy(\.isIdle) }

    /// Calls and sessions in flight; not those that ask how things are.
    var inFlightCalls: Int {
        state.withLock { Array($0.connections.values) }.reduce(0) { $0 + $1.inFlightCalls }
    }
}
