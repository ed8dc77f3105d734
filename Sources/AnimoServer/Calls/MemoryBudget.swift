import AnimoWire
import Synchronization

/// Memory that all requests in flight may hold together: what came over the wire, decoded pictures, and results that
/// have not been sent. What does not fit is refused before it is made.
///
/// A peer may hold at most three times what is free (dynamic thresholds, Choudhury & Hahne 1998): three quarters of all
/// when alone. Whoever takes all it can leaves a quarter of what it found, so that one that needs little is served.
final class MemoryBudget: Sendable {
    private struct State {
        var used = 0
        var peak = 0
        /// The most since it was last asked for.
        var highWater = 0
        /// Bytes of each peer that has reserved any.
        var held: [PeerIdentity.Owner: Int] = [:]
    }

    /// Bytes that a peer may hold for each that is free.
    private static let share = 3

    let limit: Int
    private let retryAfter: @Sendable () -> Double
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - retryAfter: seconds until some of it should be free again.
    init(limit: Int, retryAfter: @escaping @Sendable () -> Double) {
        self.limit = limit
        self.retryAfter = retryAfter
    }

    /// Bytes reserved now.
    var used: Int { state.withLock { $0.used } }
    /// The most that was ever reserved, in bytes.
    var peak: Int { state.withLock { $0.peak } }

    /// The most that was reserved since this was last called, in bytes.
    func takeHighWater() -> Int {
        state.withLock { state in
            defer { state.highWater = state.used }
            return state.highWater
        }
    }

    /// A new request's account, empty.
    func account(of peer: PeerIdentity.Owner) -> MemoryAccount { MemoryAccount(in: self, of: peer) }

    /// - Parameter held: what the request has reserved already: one that is alone may exceed the limit, or it could
    ///   never be served.
    /// - Returns: nil where it fits, else what is free for the peer.
    fileprivate func reserve(_ bytes: Int, beside held: Int, of peer: PeerIdentity.Owner) -> Int? {
        state.withLock { state in
            let (mine, free) = (state.held[peer] ?? 0, max(0, limit - state.used))
            if state.used != held {
                // As much as leaves mine at most `share` times what is free then.
                let most = min(free, max(0, (Self.share * free - mine) / (Self.share + 1)))
                guard bytes <= most else { return most }
            }
            state.used += bytes
            state.held[peer] = mine + bytes
            state.peak = max(state.peak, state.used)
            state.highWater = max(state.highWater, state.used)
            return nil
        }
    }

    fileprivate func refusal(of bytes: Int, free: Int, field: String) -> RPCError {
        let milliseconds = UInt64(min(max(retryAfter() * 1000, 100), 10_000))
        return RPCError(
            .resourceExhausted, .overloaded,
            "\(field): needs \(bytes) bytes of memory, \(free) of \(limit) for requests are free for this client; "
                + "try again in \(milliseconds) ms", field: field, limit: Double(limit),
            actual: Double(limit - free + bytes), retryAfterMs: milliseconds)
    }

    fileprivate func release(_ bytes: Int, of peer: PeerIdentity.Owner) {
        state.withLock { state in
            state.used -= bytes
            let left = (state.held[peer] ?? 0) - bytes
            state.held[peer] = left == 0 ? nil : left
        }
    }
}

/// Memory that one request has reserved of the budget.
final class MemoryAccount: Sendable {
    let budget: MemoryBudget
    private let peer: PeerIdentity.Owner
    private let held = Mutex(0)

    fileprivate init(in budget: MemoryBudget, of peer: PeerIdentity.Owner) {
        self.budget = budget
        self.peer = peer
    }

    /// An account of another request of the same peer, empty.
    func another() -> MemoryAccount { budget.account(of: peer) }

    /// Memory for one thing, which keeps the reservation as long as it lives itself.
    ///
    /// - Parameter field: what is refused where it does not fit.
    /// - Throws: RESOURCE_EXHAUSTED with a time to retry; nothing is reserved then.
    func reserve(_ bytes: Int, field: String) throws(RPCError) -> MemoryReservation {
        try take(bytes, field: field)
        return MemoryReservation(bytes, in: self)
    }

    private func take(_ bytes: Int, field: String) throws(RPCError) {
        let free = held.withLock { held -> Int? in
            if let free = budget.reserve(bytes, beside: held, of: peer) { return free }
            held += bytes
            return nil
        }
        if let free { throw budget.refusal(of: bytes, free: free, field: field) }
    }

    fileprivate func release(_ bytes: Int) {
        held.withLock { $0 -= bytes }
        budget.release(bytes, of: peer)
    }
}

/// Bytes reserved for one thing: a field of what they are for, released when it is freed.
final class MemoryReservation: Sendable {
    private let account: MemoryAccount
    private let reserved: Mutex<Int>

    fileprivate init(_ bytes: Int, in account: MemoryAccount) {
        reserved = Mutex(bytes)
        self.account = account
    }

    deinit { account.release(bytes) }

    var bytes: Int { reserved.withLock { $0 } }

    /// Releases what is beyond `bytes`: the thing came out smaller than it might have.
    func shrink(to bytes: Int) {
        let released = reserved.withLock { reserved in
            let released = max(0, reserved - max(0, bytes))
            reserved -= released
            return released
        }
        account.release(released)
    }
}
