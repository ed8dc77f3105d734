import AnimoErrors
import AnimoJSON

/// Reason why a file of arrays could not be read or written.
///
/// The message names the part of the file, what was expected and what was found; it never holds a path, so that it
/// may travel to a client.
package typealias CheckpointError = CodedError<CheckpointErrorCode>

/// Kinds of ``CheckpointError``.
package enum CheckpointErrorCode: String, Sendable {
    /// The operating system did not hand over the file.
    case unreadable
    /// The operating system did not take the file.
    case unwritable
    /// The file ends before what it promises.
    case truncated
    /// The bytes contradict themselves or the format.
    case malformed
    /// Well-formed, but a variant that is not read here.
    case unsupported
    /// Beyond a limit that protects the reader.
    case tooLarge
}

extension CheckpointError {
    /// A header of JSON that could not be read.
    init(_ error: JSONError) {
        let code: Code =
            switch error.code {
            case .malformed: .malformed
            case .truncated: .truncated
            case .unsupported: .unsupported
            case .tooLarge: .tooLarge
            }
        self.init(code, error.message, cause: error)
    }
}
