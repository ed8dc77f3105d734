import AnimoMotion
import NIOCore

/// Reads a tracker's datagrams on the event loop; tells the newest frame when no more wait.
final class DatagramHandler: ChannelInboundHandler {
    /// Datagrams with their senders' addresses.
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private var senders: SenderLock<SocketAddress>
    private let counter: DatagramCounter
    private let onFrame: @Sendable (TrackerListener.Arrival) -> Void
    private let start = ContinuousClock.now
    private var newest: TrackerListener.Arrival?

    /// - Parameters:
    ///   - idleTimeout: seconds without a frame after which another sender may take over.
    ///   - onFrame: called on the event loop; it must not wait.
    init(
        reader: TrackerReader, idleTimeout: Double, counter: DatagramCounter,
        onFrame: @escaping @Sendable (TrackerListener.Arrival) -> Void
    ) {
        senders = SenderLock(reader, idleTimeout: idleTimeout)
        self.counter = counter
        self.onFrame = onFrame
    }

    /// Reads one datagram and counts it.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let now = ContinuousClock.now
        let outcome = senders.take(
            Array(envelope.data.readableBytesView)[...], from: envelope.remoteAddress, now: (now - start).seconds)
        counter.count { counts in
            switch outcome {
            case .frame:
                counts.frames += 1
                counts.newest = now
                counts.sender = envelope.remoteAddress.ipAddress
            case .taken: counts.parts += 1
            case .refused: counts.refused += 1
            case .foreign: counts.foreign += 1
            }
        }
        if case .frame(let frame) = outcome { newest = .init(frame: frame, table: senders.table, time: now) }
    }

    /// Reports the newest frame of the datagrams that were read in one go.
    func channelReadComplete(context: ChannelHandlerContext) {
        if let newest {
            onFrame(newest)
            self.newest = nil
        }
        context.fireChannelReadComplete()
    }

    /// An error of one datagram, such as an unreachable phone, is not the port's end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

extension Duration {
    /// The duration as a fraction of seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
