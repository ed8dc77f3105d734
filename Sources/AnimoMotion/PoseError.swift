import AnimoErrors

/// Reason why numbers are no pose or motion.
package typealias PoseError = CodedError<PoseErrorCode>

/// Kinds of ``PoseError``.
package enum PoseErrorCode: String, Sendable {
    /// Too many or too few numbers.
    case count
    /// Infinite or not a number.
    case notFinite
    /// No such channel.
    case unknownChannel
    /// Outside its range where that was to be refused.
    case outOfRange
    /// The file or text is not of a known form.
    case malformed
    /// The model has no basis, so poses mean nothing to it.
    case noBasis
}
