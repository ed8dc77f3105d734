import AnimoErrors
import AnimoWire

/// Reason why a model cannot be served. The message names the model and holds no path.
package typealias ModelLoadFailure = CodedError<ModelLoadFailureCode>

/// Kinds of ``ModelLoadFailure``.
package enum ModelLoadFailureCode: String, Sendable {
    /// There is no such file, or it may not be read.
    case missing
    /// The file is not a whole model.
    case damaged
    /// It is one, and yet cannot be run.
    case unusable
}

extension ModelLoadFailure {
    /// Creates a failure whose message begins with the model's name.
    package init(_ code: Code, model: String, _ message: String, cause: (any Error)? = nil) {
        self.init(code, "model \(model): \(message)", cause: cause)
    }
}

extension RPCError {
    init(_ failure: ModelLoadFailure) {
        switch failure.code {
        case .missing: self = RPCError(.notFound, .noSuchModel, failure.message)
        case .damaged: self = RPCError(.dataLoss, .internal, failure.message)
        case .unusable: self = RPCError(.failedPrecondition, .internal, failure.message)
        }
    }
}
