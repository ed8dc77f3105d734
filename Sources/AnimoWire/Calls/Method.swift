/// Every method that a daemon serves.
public enum Method: Sendable, Hashable, CaseIterable {
    case describe, putSource, dropSource, reenact, editPose, retarget, cancel, animate, track
    case status, verify, reload, drain
    case healthCheck, healthWatch

    /// Number of messages of each side: one, or a stream.
    public enum Shape: Sendable, Hashable {
        case unary, serverStream, bidirectional
    }

    /// Full names of the services.
    public enum Service {
        /// Rendering and live sessions.
        public static let animo = "animo.v1.Animo"
        /// State, reload, drain and verification.
        public static let admin = "animo.v1.Admin"
        /// gRPC's standard health service.
        public static let health = "grpc.health.v1.Health"
    }

    /// Full name of the method's service.
    public var service: String {
        switch self {
        case .describe, .putSource, .dropSource, .reenact, .editPose, .retarget, .cancel, .animate, .track:
            Service.animo
        case .status, .verify, .reload, .drain: Service.admin
        case .healthCheck, .healthWatch: Service.health
        }
    }

    /// Name within its service.
    public var name: String {
        switch self {
        case .describe: "Describe"
        case .putSource: "PutSource"
        case .dropSource: "DropSource"
        case .reenact: "Reenact"
        case .editPose: "EditPose"
        case .retarget: "Retarget"
        case .cancel: "Cancel"
        case .animate: "Animate"
        case .track: "Track"
        case .status: "Status"
        case .verify: "Verify"
        case .reload: "Reload"
        case .drain: "Drain"
        case .healthCheck: "Check"
        case .healthWatch: "Watch"
        }
    }

    /// Number of messages of each side.
    public var shape: Shape {
        switch self {
        case .animate, .track: .bidirectional
        case .healthWatch: .serverStream
        default: .unary
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ("\($0.service)/\($0.name)", $0) })

    /// Returns the method of these names; nil where none is served.
    public init?(service: String, name: String) {
        guard let method = Method.byName["\(service)/\(name)"] else { return nil }
        self = method
    }
}
