import AnimoWire

/// Why a model cannot be served. The message names the model and holds no path.
public struct ModelLoadFailure: Error, Sendable, Equatable {
    public enum Code: Sendable {
        /// There is no such file, or it may not be read.
        case missing
        /// The file is not a whole model.
        case damaged
        /// It is one, and yet cannot be run.
        case unusable
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, model: String, _ message: String) {
        self.code = code
        self.message = "model \(model): \(message)"
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
