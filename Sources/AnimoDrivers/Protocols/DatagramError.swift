import AnimoErrors

/// Reason why a datagram is not what its protocol says; it is dropped and counted.
package typealias DatagramError = CodedError<DatagramErrorCode>

/// Kinds of ``DatagramError``.
package enum DatagramErrorCode: String, Sendable {
    /// The bytes contradict themselves or the protocol.
    case malformed
    /// The datagram ends before what it promises.
    case truncated
    /// Another version of the protocol, or a kind of value that is not read here.
    case unsupported
    /// Beyond a limit that protects the reader.
    case tooLarge
}
