import AnimoWire

/// What a server tells whoever runs it.
public enum ServerEvent: Sendable {
    /// All listeners are up, with their addresses, and the models are warm.
    case serving([Address])
    case reloading
    case reloaded([ReloadedModel])
    /// The old models serve on.
    case reloadFailed(String)
    /// By `Drain`, or its undoing.
    case draining(Bool)
}

/// What a reload made of one model.
public struct ReloadedModel: Sendable, Equatable {
    public let name: String
    public let digest: [UInt8]
    /// Whether another file serves than before.
    public let changed: Bool
}
