import AnimoWire
import NIOCore

/// Cuts what is read into frames for its connection. Reading stops for nothing.
final class ConnectionHandler: ChannelInboundHandler {
    /// Bytes as they arrive, in pieces of any size.
    typealias InboundIn = ByteBuffer

    /// Held by those who use it; when the last has gone, it closes the channel.
    private weak var connection: Connection?
    private var reader: FrameReader

    /// - Parameter frameLimit: bytes of the largest frame that is read.
    init(connection: Connection, frameLimit: Int) {
        self.connection = connection
        reader = FrameReader(limit: frameLimit)
    }

    /// Passes whole frames to the connection; bytes that are no frames end it.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            for event in try reader.receive(unwrapInboundIn(data)) { connection?.receive(event) }
        } catch {
            connection?.lose(.lost("the peer does not speak animod's protocol"))
            context.close(promise: nil)
        }
    }

    /// Fails everything that waits, since the daemon has closed the connection.
    func channelInactive(context: ChannelHandlerContext) {
        connection?.lose(.lost("the daemon closed it"))
        context.fireChannelInactive()
    }

    /// Fails everything that waits, a failure of TLS with UNAUTHENTICATED, and closes the channel.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection?.lose(error.tlsFailure ?? .lost(error.inWords))
        context.close(promise: nil)
    }
}
