import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire

/// The one place where a refusal gets its code, reason and words.
extension RPCError {
    static func invalid(
        _ field: String, _ reason: Wire.Reason, limit: Double = 0, actual: Double = 0, _ message: String
    ) -> RPCError {
        RPCError(.invalidArgument, reason, "\(field): \(message)", field: field, limit: limit, actual: actual)
    }

    /// Maps any error to what a client is told; nothing internal leaves the daemon.
    init(mapping error: any Error, field: String = "") {
        switch error {
        case let error as RPCError: self = error
        case let error as MessageError:
            self = RPCError(.invalidArgument, .malformed, "\(error)", field: field)
        case let error as SchedulerError: self = RPCError(error)
        case let error as PictureError: self = RPCError(error, field: field.isEmpty ? "picture" : field)
        case let error as PoseError: self = RPCError(error, field: field)
        case let error as ModelError where error.code == .missingPart:
            self = RPCError(.failedPrecondition, .noEstimator, error.message, field: field)
        case let error as ModelFileError: self = RPCError(.dataLoss, .internal, "model: \(error.message)")
        case let error as ModelLoadFailure: self = RPCError(error)
        case is CancellationError: self = RPCError(.cancelled, .cancelled, "cancelled")
        default: self = RPCError(.internal, .internal, "the request failed inside the server")
        }
    }

    /// Numbers that are no pose or no motion.
    init(_ error: PoseError, field: String) {
        let reason: Wire.Reason
        switch error.code {
        case .count: reason = .size
        case .notFinite: reason = .notFinite
        case .unknownChannel: reason = .unknownChannel
        case .outOfRange: reason = .outOfRange
        default: reason = .malformed
        }
        let code: StatusCode = error.code == .noBasis ? .failedPrecondition : .invalidArgument
        self.init(code, reason, "\(field): \(error.message)", field: field)
    }

    /// Bytes that are no picture, or not one that can be used.
    init(_ error: PictureError, field: String) {
        let message = "\(field): \(error.message)"
        switch error.code {
        case .tooLarge:
            self.init(
                .invalidArgument, .pictureTooLarge, message, field: field, limit: Double(error.limit ?? 0),
                actual: Double(error.actual ?? 0))
        case .noHead: self.init(.failedPrecondition, .noHead, "NO_HEAD: \(message)", field: field)
        case .badArgument: self.init(.invalidArgument, .size, message, field: field)
        case .malformed, .truncated, .unsupported: self.init(.invalidArgument, .picture, message, field: field)
        case .noMemory: self.init(.internal, .internal, message, field: field)
        }
    }

    private init(_ error: SchedulerError) {
        switch error {
        case .overloaded(let queued, let limit, let retryAfter):
            let milliseconds = UInt64(min(max(retryAfter * 1000, 1), 60_000))
            self = RPCError(
                .resourceExhausted, .overloaded,
                "overloaded: \(queued.rounded(to: 2)) s of work queued, \(limit.rounded(to: 2)) s allowed; "
                    + "try again in \(milliseconds) ms", limit: limit, actual: queued, retryAfterMs: milliseconds)
        case .deadlineExceeded: self = RPCError(.deadlineExceeded, .deadline, "deadline exceeded while queued")
        case .stopped: self = RPCError(.unavailable, .draining, "the server is stopping")
        }
    }
}

extension Double {
    /// Rounded to so many decimal places, for messages.
    func rounded(to places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
