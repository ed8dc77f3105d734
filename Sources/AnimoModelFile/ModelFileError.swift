import AnimoCheckpoint
import AnimoErrors

/// Reason why a file is not a model that can be served, or cannot be made into one.
///
/// The message names the part, what was expected and what was found, and holds no path.
package typealias ModelFileError = CodedError<ModelFileErrorCode>

/// Kinds of ``ModelFileError``.
package enum ModelFileErrorCode: String, Sendable {
    /// The file could not be opened or read.
    case unreadable
    /// The container is damaged, see ``CheckpointError``.
    case damaged
    /// The metadata is missing, of another version or contradicts the tensors.
    case metadata
    /// Tensors are missing, surplus or misshapen.
    case tensors
    /// A weight is infinite or not a number.
    case notFinite
    /// Nothing to convert, or not of a known family.
    case unknownFamily
}

extension ModelFileError {
    /// A container that could not be read.
    init(_ error: CheckpointError) {
        self.init(error.code == .unreadable ? .unreadable : .damaged, error.message, cause: error)
    }
}
