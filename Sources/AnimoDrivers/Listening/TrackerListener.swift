import AnimoMotion
import NIOCore
import NIOPosix
import Synchronization

/// Listens to a tracker on a UDP port. Every datagram that waits is read, and the newest frame alone is told.
package final class TrackerListener: Sendable {
    /// Port, protocol and senders that are listened to.
    package struct Configuration: Sendable {
        /// Protocol of the datagrams.
        package var tracker: TrackerProtocol
        /// Address at which datagrams come in; the local host unless told otherwise.
        package var host: String
        /// 0 for any free port.
        package var port: Int
        /// Identifier of OpenSeeFace's face to follow; nil for the lowest.
        package var face: Int32?
        /// A phone that is asked to send.
        package var phone: String?
        /// Port of the phone; nil for the app's own.
        package var phonePort: Int?
        /// Seconds without a frame after which another sender may take over.
        package var idleTimeout: Double

        /// Creates one from its fields.
        package init(
            tracker: TrackerProtocol, host: String = "127.0.0.1", port: Int, face: Int32? = nil, phone: String? = nil,
            phonePort: Int? = nil, idleTimeout: Double = 1
        ) {
            self.tracker = tracker
            self.host = host
            self.port = port
            self.face = face
            self.phone = phone
            self.phonePort = phonePort
            self.idleTimeout = idleTimeout
        }
    }

    /// A frame and when it came.
    package struct Arrival: Sendable {
        /// The frame, completed by its last datagram.
        package var frame: TrackerFrame
        /// The built-in table for the names that this sender sends.
        package var table: MappingTable.BuiltIn
        /// Time at which its last datagram was read.
        package var time: ContinuousClock.Instant
    }

    /// Numbers of frames and datagrams until now.
    package struct Counts: Sendable, Equatable {
        /// Datagrams that completed a frame.
        package var frames = 0
        /// Datagrams that belong to a frame not complete yet.
        package var parts = 0
        /// Datagrams that are not what the protocol says.
        package var refused = 0
        /// Datagrams of other senders than the one that is listened to.
        package var foreign = 0
        /// Time at which the newest frame came.
        package var newest: ContinuousClock.Instant?
        /// Address of the sender that is listened to, once it has completed a frame.
        package var sender: String?
    }

    private let channel: any Channel
    private let counter: DatagramCounter

    private init(_ channel: any Channel, _ counter: DatagramCounter) {
        self.channel = channel
        self.counter = counter
    }

    /// Opens the port.
    ///
    /// - Parameter onFrame: called with the newest frame, on the event loop: it must not wait.
    /// - Throws: where the address is none or taken.
    package static func open(
        _ configuration: Configuration, onFrame: @escaping @Sendable (Arrival) -> Void
    ) async throws -> TrackerListener {
        let counter = DatagramCounter()
        let phone: SocketAddress?
        if let host = configuration.phone, let request = PhoneRequest(configuration.tracker) {
            let port = configuration.phonePort ?? request.port
            phone = try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
        } else {
            phone = nil
        }
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelOption(.maxMessagesPerRead, value: 64)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let reader = TrackerReader(configuration.tracker, face: configuration.face)
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramHandler(
                            reader: reader, idleTimeout: configuration.idleTimeout, counter: counter, onFrame: onFrame))
                    if let phone, let request = PhoneRequest(configuration.tracker) {
                        try channel.pipeline.syncOperations.addHandler(
                            PhoneHandler(request: request, phone: phone, counter: counter))
                    }
                }
            }
            .bind(host: configuration.host, port: configuration.port).get()
        return TrackerListener(channel, counter)
    }

    /// The port that is listened on.
    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Counts until now, read from any thread.
    package var counts: Counts { counter.counts }

    /// Closes the port; returns when no more frames come.
    package func close() async { try? await channel.close() }
}

/// Counts of a listener, read from anywhere.
final class DatagramCounter: Sendable {
    private let state = Mutex(TrackerListener.Counts())

    /// Counts until now.
    var counts: TrackerListener.Counts { state.withLock { $0 } }

    /// Changes the counts under their lock.
    func count(_ body: (inout TrackerListener.Counts) -> Void) { state.withLock { body(&$0) } }
}
