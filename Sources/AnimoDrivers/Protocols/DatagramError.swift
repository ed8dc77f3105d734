/// Why a datagram is not what its protocol says; it is dropped and counted.
package struct DatagramError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Message for a person: what was expected and what came.
    package let message: String

    /// Creates an error with a message for a person.
    package init(_ message: String) { self.message = message }

    /// The message.
    package var description: String { message }
}
