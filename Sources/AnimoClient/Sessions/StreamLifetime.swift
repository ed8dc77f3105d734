/// Ends a stream that nobody sends on or reads from any more.
final class StreamLifetime: Sendable {
    private let stream: UInt32
    private let connection: Connection

    /// Takes over the end of an open stream.
    init(of stream: UInt32, on connection: Connection) { (self.stream, self.connection) = (stream, connection) }

    deinit {
        connection.end(stream)
        connection.forget(stream)
    }
}
