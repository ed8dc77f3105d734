import AnimoErrors

/// Reason why a text is no JSON, or not the JSON that was expected.
///
/// The message says what was expected, at which byte, and what came.
package typealias JSONError = CodedError<JSONErrorCode>

/// Kinds of ``JSONError``.
package enum JSONErrorCode: String, Sendable {
    /// The text contradicts itself or the format.
    case malformed
    /// The text ends before the value does.
    case truncated
    /// Well-formed, but a value that is not read here.
    case unsupported
    /// Beyond a limit that protects the reader.
    case tooLarge
}
