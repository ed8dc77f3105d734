import AnimoWire
import Synchronization

/// Calls and sessions that each peer has in flight, so that none takes all there is.
final class PeerQuotas: Sendable {
    private struct Use {
        var calls = 0
        var sessions = 0
    }

    private let limits: ServerLimits
    private let uses = Mutex<[PeerIdentity.Owner: Use]>([:])

    init(limits: ServerLimits) { self.limits = limits }

    /// Takes a place for a call, or for a session, until `end`.
    func begin(_ method: AnimoWire.Method, of peer: PeerIdentity) throws(RPCError) {
        let refusal: RPCError? = uses.withLock { uses in
            var use = uses[peer.owner] ?? Use()
            if method.shape == .bidirectional {
                let limit = limits.sessionsOfPeer
                if use.sessions >= limit {
                    return RPCError(
                        .resourceExhausted, .tooManySessions, "one client may have \(limit) sessions",
                        limit: Double(limit), actual: Double(limit + 1), retryAfterMs: 1000)
                }
                use.sessions += 1
            } else {
                if let limit = limits.peerCalls, use.calls >= limit {
                    return RPCError(
                        .resourceExhausted, .overloaded, "one client may have \(limit) calls in flight",
                        limit: Double(limit), actual: Double(limit + 1), retryAfterMs: 100)
                }
                use.calls += 1
            }
            uses[peer.owner] = use
            return nil
        }
        if let refusal { throw refusal }
    }

    func end(_ method: AnimoWire.Method, of peer: PeerIdentity) {
        uses.withLock { uses in
            guard var use = uses[peer.owner] else { return }
            if method.shape == .bidirectional { use.sessions -= 1 } else { use.calls -= 1 }
            uses[peer.owner] = use.calls == 0 && use.sessions == 0 ? nil : use
        }
    }
}
