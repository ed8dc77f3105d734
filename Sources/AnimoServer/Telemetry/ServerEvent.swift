import AnimoWire

/// Event that a server reports to whoever runs it.
package enum ServerEvent: Sendable {
    /// All listeners are up and the models are warm.
    case serving(BoundAddresses)
    case reloading
    case reloaded([ReloadedModel])
    /// The old models serve on.
    case reloadFailed(String)
    /// By `Drain`, or its undoing.
    case draining(Bool)
    /// So many connections since this was last told, which is at most once a minute for each reason.
    case rejected(RefusedConnection, count: UInt64)
    case closedByServer(BrokenConnection, count: UInt64)
}

/// Reason why a connection was rejected.
package enum RefusedConnection: String, Sendable, CaseIterable {
    /// Its peer is on no list.
    case access
    /// There are too many.
    case limit
    /// Its TLS handshake failed. One that is gone before it is over is not counted.
    case handshake
    /// Descriptors are scarce, or the system could not accept it.
    case resources
}

/// Reason why the server ended a connection that did not end itself.
package enum BrokenConnection: String, Sendable, CaseIterable {
    /// A frame was not complete ten seconds after its first byte.
    case stalledFrame = "stalled_frame"
    /// Its reader took nothing for ten seconds.
    case stalledOutput = "stalled_output"
    /// It had no call for ten minutes.
    case idle
    /// It had no call, and all places were taken: one of the peer that had the most.
    case displaced
    /// Too many answers to nonsense waited for its reader.
    case outputOverflow = "output_overflow"
    /// It did not speak the protocol.
    case nonsense
}

/// Addresses at which a server listens: ports of 0 have become real ones.
package struct BoundAddresses: Sendable, Equatable {
    /// Addresses that clients are served on.
    package var serving: [Address] = []
    /// Addresses that Prometheus asks.
    package var metrics: [Address] = []
    /// Addresses that HAProxy's agent check asks.
    package var agent: [Address] = []
}

/// Result of a reload for one model.
package struct ReloadedModel: Sendable, Equatable {
    /// Name it is served by.
    package let name: String
    /// SHA-256 of the file that serves now.
    package let digest: [UInt8]
    /// Whether another file serves than before.
    package let changed: Bool
}
