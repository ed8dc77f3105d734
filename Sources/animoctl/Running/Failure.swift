import AnimoCLI
import AnimoWire

/// Reason why a command could not do its work: one line for a person, a number for a script.
struct Failure: Error, Sendable, Equatable {
    let status: ExitStatus
    let message: String
    /// A suggestion what to try next, on a line of its own.
    var hint: String?

    init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }
}

/// The reader of our output has gone. Not an error: it had enough.
struct ReaderGone: Error, Sendable {}

extension Failure {
    /// The daemon's answer, as an exit status and a line.
    init(_ error: RPCError) {
        let status: ExitStatus
        var hint: String?
        switch error.code {
        case .ok: status = .success
        case .cancelled: status = .interrupted
        case .invalidArgument, .failedPrecondition, .dataLoss, .outOfRange, .alreadyExists: status = .badData
        case .notFound: status = .notFound
        case .resourceExhausted:
            switch error.detail?.reason {
            case .pictureTooLarge, .frameTooLong, .size: status = .badData
            default:
                status = .tryAgain
                hint = Failure.retryHint(milliseconds: error.detail?.retryAfterMs ?? 0)
            }
        case .deadlineExceeded:
            status = .tryAgain
            hint = "allow more time with --timeout SECONDS, or try again when the daemon is less busy"
        case .aborted: status = .tryAgain
        case .unavailable: status = .unavailable
        case .permissionDenied, .unauthenticated: status = .noPermission
        case .internal, .unimplemented, .unknown: status = .software
        }
        if error.detail?.reason == .noEstimator {
            hint = "'animoctl describe' lists the drivers of this model"
        } else if error.detail?.reason == .noHead {
            hint = "give the head's place: --crop box=X,Y,W,H"
        }
        let message = error.message.isEmpty ? "the daemon answered \(error.code)" : error.message
        self.init(status, message, hint: hint)
    }

    private static func retryHint(milliseconds: UInt64) -> String {
        guard milliseconds > 0 else { return "try again in a moment" }
        return "try again in \(Quantity.seconds(Double(milliseconds) / 1000))"
    }
}
