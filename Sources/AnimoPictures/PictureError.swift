import AnimoErrors

/// Reason why a picture could not be read, prepared or written. The message says what was expected and what came, and
/// holds no path.
package typealias PictureError = CodedError<PictureErrorCode>

/// Kinds of ``PictureError``.
package enum PictureErrorCode: String, Sendable {
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
    /// The codec could not allocate what the picture needs.
    case noMemory
}
