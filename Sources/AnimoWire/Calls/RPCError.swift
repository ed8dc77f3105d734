/// A call that failed: what goes into a response's status on one end and comes out on the other.
///
/// The message names the field, what was expected and what came; never a path, an address or a type.
public struct RPCError: Error, Sendable, Equatable, CustomStringConvertible {
    static let detailType = "type.googleapis.com/animo.v1.ErrorDetail"

    /// gRPC's status code.
    public var code: StatusCode
    /// Message for a person: the field, what was expected and what came.
    public var message: String
    /// Reason, field and numbers for a program; nil where there are none.
    public var detail: Wire.ErrorDetail?

    /// Creates an error from its fields.
    public init(code: StatusCode, message: String, detail: Wire.ErrorDetail? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Creates an error with a reason and, where they are numbers, the limit and the actual value.
    public init(
        _ code: StatusCode, _ reason: Wire.Reason, _ message: String, field: String = "", limit: Double = 0,
        actual: Double = 0, retryAfterMs: UInt64 = 0
    ) {
        self.init(
            code: code, message: message,
            detail: Wire.ErrorDetail(
                reason: reason, field: field, limit: limit, actual: actual, retryAfterMs: retryAfterMs))
    }

    /// Reads a status; a detail that is not ours, or not readable, is left out.
    public init(status: Wire.Status) {
        code = StatusCode(rawValue: status.code) ?? .unknown
        message = status.message
        detail =
            status.details.lazy
            .filter { $0.typeUrl.hasSuffix("/animo.v1.ErrorDetail") }
            .compactMap { try? Wire.ErrorDetail(decoding: $0.value) }
            .first
    }

    /// The error as it travels.
    public var status: Wire.Status {
        let details = detail.map { [Wire.AnyMessage(typeUrl: RPCError.detailType, value: $0.encoded())] }
        return Wire.Status(code: code.rawValue, message: message, details: details ?? [])
    }

    /// The reason of `detail`; unspecified where there is none.
    public var reason: Wire.Reason { detail?.reason ?? .unspecified }

    /// Text for a person.
    public var description: String { "\(code.name): \(message)" }
}

extension RPCError {
    /// Bytes of a request that are not its message.
    public init(_ error: MessageError) {
        self.init(.invalidArgument, .malformed, error.description, field: error.field)
    }
}
