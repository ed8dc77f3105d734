import NIOCore

/// The peer that had something done last, and the last other one: enough to tell whether a peer is alone.
struct RecentPeers<Peer: Equatable & Sendable>: Sendable {
    /// For how long after its work a peer may be expected to come with more.
    private static var contention: TimeAmount { .seconds(1) }

    private var latest: [(peer: Peer, at: NIODeadline)] = []

    mutating func note(_ peer: Peer, at now: NIODeadline) {
        latest = [(peer, now)] + latest.filter { $0.peer != peer }.prefix(1)
    }

    /// Whether another peer was there a moment ago.
    func isContended(beside peer: Peer, at now: NIODeadline) -> Bool {
        latest.contains { $0.peer != peer && now - $0.at < Self.contention }
    }
}
