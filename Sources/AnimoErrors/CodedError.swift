/// An error with a kind to act on, a message for a person, and the error that it was made of.
///
/// Every library names its own kinds and gives the error a name:
/// `typealias PictureError = CodedError<PictureErrorCode>`. The message says what was expected and what came, and holds
/// no path, so that it may travel to a client.
package struct CodedError<Kind: Equatable & Sendable>: Error, Equatable, CustomStringConvertible {
    /// Kinds of this error.
    package typealias Code = Kind

    /// Kind of the error, for callers that act on it.
    package let code: Code
    /// Message for a person: what was expected and what came.
    package let message: String
    /// The limit that was exceeded, where it is a number.
    package let limit: Int?
    /// The number that came in its place.
    package let actual: Int?
    /// The error of a layer below that led to this one, with that layer's own kind; nil where this is the first.
    ///
    /// Its words are in ``message`` already, as far as they are for the reader of this one.
    package let cause: (any Error)?

    /// Creates an error of a kind, with a message for a person.
    package init(
        _ code: Code, _ message: String, limit: Int? = nil, actual: Int? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.limit = limit
        self.actual = actual
        self.cause = cause
    }

    /// The message.
    package var description: String { message }

    /// Compares what the two say; not the causes, which need not be comparable.
    package static func == (first: Self, second: Self) -> Bool {
        first.code == second.code && first.message == second.message && first.limit == second.limit
            && first.actual == second.actual
    }
}
