/// Why a picture could not be read, prepared or written. The message says what was expected and what came, and holds
/// no path.
package struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kinds of error.
    package enum Code: String, Sendable {
        /// Damaged, or not a picture.
        case malformed
        /// Ends before the picture does.
        case truncated
        /// Beyond `PictureLimits`.
        case tooLarge
        /// A kind of picture that is not served.
        case unsupported
        /// A number of the caller's that makes no sense: a size, stride, quality, crop box.
        case badArgument
        /// `--crop auto` found nothing that stands out from the background.
        case noHead
        case noMemory
    }

    /// Kind of the error, for callers that act on it.
    package let code: Code
    /// Message for a person: what was expected and what came.
    package let message: String
    /// The limit that was broken and what came, where the code is `tooLarge`.
    package let limit: Int?
    /// The number that came, where it is one.
    package let actual: Int?

    /// Creates an error of a kind, with a message for a person.
    package init(_ code: Code, _ message: String, limit: Int? = nil, actual: Int? = nil) {
        self.code = code
        self.message = message
        self.limit = limit
        self.actual = actual
    }

    /// The message.
    package var description: String { message }
}
