/// Why a datagram is not what its protocol says; it is dropped and counted.
package struct DatagramError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
