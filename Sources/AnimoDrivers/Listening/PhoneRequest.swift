import NIOCore

/// Datagram by which an app on a phone is asked to send.
struct PhoneRequest: Sendable {
    /// The app's own port.
    let port: Int
    /// Content of the datagram, as the app's makers document it.
    let text: String

    /// nil where the protocol knows no request.
    init?(_ tracker: TrackerProtocol) {
        switch tracker {
        case .ifacialmocap:
            port = 49983
            text = "iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
        case .facemotion3d:
            port = 49993
            text = "FACEMOTION3D_OtherStreaming"
        case .openseeface, .vmc, .livelinkface, .arkit: return nil
        }
    }
}

/// Asks the phone every second until frames come, and whenever they stop.
final class PhoneHandler: ChannelInboundHandler {
    /// Unread: datagrams pass on.
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    /// Requests to the phone.
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private static let interval = TimeAmount.seconds(1)
    /// Time without a frame after which the phone is asked again.
    private static let idleTimeout = Duration.seconds(2)

    private let request: PhoneRequest
    private let phone: SocketAddress
    private let counter: DatagramCounter
    private var asking: RepeatedTask?

    /// - Parameters:
    ///   - phone: address that is asked.
    ///   - counter: tells when the newest frame came.
    init(request: PhoneRequest, phone: SocketAddress, counter: DatagramCounter) {
        self.request = request
        self.phone = phone
        self.counter = counter
    }

    /// Begins to ask.
    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        asking = context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.interval) { _ in
            let (handler, context) = bound.value
            handler.ask(context)
        }
        context.fireChannelActive()
    }

    /// Stops asking.
    func channelInactive(context: ChannelHandlerContext) {
        asking?.cancel()
        context.fireChannelInactive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        if let newest = counter.counts.newest, ContinuousClock.now - newest < Self.idleTimeout { return }
        let data = context.channel.allocator.buffer(string: request.text)
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: phone, data: data)), promise: nil)
    }
}
