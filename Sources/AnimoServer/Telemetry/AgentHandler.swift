import NIOCore

/// HAProxy's agent check: whoever connects gets one word and is disconnected.
final class AgentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Instruction to HAProxy for this server.
    enum Answer: String, Sendable {
        /// Send it work.
        case ready
        /// Send it nothing new: it finishes what it has.
        case drain
        /// Leave it alone: it has nothing, and takes nothing.
        case maintenance = "maint"
    }

    private let answer: @Sendable () -> Answer

    init(answer: @escaping @Sendable () -> Answer) { self.answer = answer }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        context.triggerUserOutboundEvent(ObserverHandler.Event.asked, promise: nil)
        channel.writeAndFlush(ByteBuffer(string: answer().rawValue + "\n"))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
