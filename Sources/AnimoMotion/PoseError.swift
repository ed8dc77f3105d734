/// Why numbers are no pose or motion.
package struct PoseError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kinds of error.
    package enum Code: String, Sendable {
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
