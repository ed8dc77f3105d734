import AnimoWire

/// Why a model cannot be served. The message names the model and holds no path.
package struct ModelLoadFailure: Error, Sendable, Equatable {
    package enum Code: Sendable {
        /// There is no such file, or it may not be read.
        case missing
        /// The file is not a whole model.
        case damaged
        /// It is one, and yet cannot be run.
        case unusable
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, model: String, _ message: String) {
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
