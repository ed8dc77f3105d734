import AnimoWire
import NIOCore

/// Cuts what is read into frames for its connection. Reading stops for nothing.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Held by those who use it; when the last has gone, it closes the channel.
    private weak var connection: Connection?
    private var reader: FrameReader

    init(connection: Connection, frameLimit: Int) {
        self.connection = connection
        reader = FrameReader(limit: frameLimit)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            for event in try reader.receive(unwrapInboundIn(data)) { connection?.receive(event) }
        } catch {
            connection?.lose(.lost("the peer does not speak animod's protocol"))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.lose(.lost("the daemon closed it"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection?.lose(error.tlsFailure ?? .lost(error.inWords))
        context.close(promise: nil)
    }
}
