import AnimoCheckpoint

/// Why a file is not a model that can be served, or cannot be made into one.
///
/// The message names the part, what was expected and what was found, and holds no path.
package struct ModelFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kinds of error.
    package enum Code: String, Sendable {
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

    /// Kind of the error, for callers that act on it.
    package let code: Code
    /// Message for a person: what was expected and what came.
    package let message: String

    /// Creates an error of a kind, with a message for a person.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: CheckpointError) {
        self.init(error.code == .unreadable ? .unreadable : .damaged, error.message)
    }

    /// The message.
    package var description: String { message }
}
