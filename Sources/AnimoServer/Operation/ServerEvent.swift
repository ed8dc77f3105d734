import AnimoWire

/// What a server tells whoever runs it.
public enum ServerEvent: Sendable {
    /// All listeners are up and the models are warm.
    case serving(BoundAddresses)
    case reloading
    case reloaded([ReloadedModel])
    /// The old models serve on.
    case reloadFailed(String)
    /// By `Drain`, or its undoing.
    case draining(Bool)
}

/// Where a server listens: ports of 0 have become real ones.
public struct BoundAddresses: Sendable, Equatable {
    public var serving: [Address] = []
    public var metrics: [Address] = []
    public var agent: [Address] = []
}

/// What a reload made of one model.
public struct ReloadedModel: Sendable, Equatable {
    public let name: String
    public let digest: [UInt8]
    /// Whether another file serves than before.
    public let changed: Bool
}
