import NIOCore

/// Peer, deadline and accounts of a call: what every method gets besides its message.
struct CallContext: Sendable {
    /// Work of one peer takes turns with that of others: the user of a Unix socket, the address of a TCP one.
    var peer: PeerIdentity
    var role: AccessPolicy.Role
    /// Within a peer, its connections and live sessions take turns.
    var session: UInt64
    var deadline: NIODeadline
    /// Memory it has reserved.
    var memory: MemoryAccount

    func scheduling(_ priority: Priority) -> SchedulingContext {
        SchedulingContext(priority: priority, peer: peer.key, session: session, deadline: deadline)
    }
}

/// Microseconds between two points of time, for replies.
extension TimeAmount {
    var microseconds: UInt64 { UInt64(max(0, nanoseconds / 1000)) }
}

/// Runs `body` and tells how long it took.
func timed<Value>(_ body: () async throws -> Value) async rethrows -> (value: Value, took: TimeAmount) {
    let begun = NIODeadline.now()
    let value = try await body()
    return (value, NIODeadline.now() - begun)
}
