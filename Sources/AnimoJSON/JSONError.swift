/// Why a text is no JSON, or not the JSON that was expected.
///
/// The message says what was expected, at which byte, and what came.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kinds of error.
    package enum Code: String, Sendable {
        /// The text contradicts itself or the format.
        case malformed
        /// The text ends before the value does.
        case truncated
        /// Well-formed, but a value that is not read here.
        case unsupported
        /// Beyond a limit that protects the reader.
        case tooLarge
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

    /// The message.
    package var description: String { message }
}
