/// Why a picture could not be read, prepared or written. The message says what was expected and what came, and holds
/// no path.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
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

    public let code: Code
    public let message: String
    /// The limit that was broken and what came, where the code is `tooLarge`.
    public let limit: Int?
    public let actual: Int?

    public init(_ code: Code, _ message: String, limit: Int? = nil, actual: Int? = nil) {
        self.code = code
        self.message = message
        self.limit = limit
        self.actual = actual
    }

    public var description: String { message }
}
