import AnimoTestSupport
import AnimoWire
import NIOCore
import NIOPosix
import Synchronization

/// A daemon of a few lines on a Unix socket: the real rules of a connection, and whatever answers a test
/// needs.
final class StubServer: Sendable {
    /// A connection as a test sees it.
    final class Peer: Sendable {
        let channel: any Channel
        /// From 1, in the order they came.
        let number: Int
        private let streams = Mutex(ServerStreams())

        init(channel: any Channel, number: Int) {
            self.channel = channel
            self.number = number
        }

        func send(_ frame: Frame, last: Bool = true) {
            if last { streams.withLock { $0.finished(frame.stream) } }
            var bytes = ByteBuffer()
            frame.write(into: &bytes)
            channel.writeAndFlush(bytes, promise: nil)
        }

        func close() { channel.close(promise: nil) }

        fileprivate func actions(for event: FrameEvent) -> [ServerStreams.Action] {
            streams.withLock { $0.receive(event) }
        }
    }

    typealias Answer = @Sendable (ServerStreams.Action, Peer) throws -> Void

    let folder: TemporaryFolder
    let address: Address
    private let listener: any Channel

    init(in folder: TemporaryFolder? = nil, answer: @escaping Answer) async throws {
        self.folder = try folder ?? TemporaryFolder()
        let path = self.folder.path("s")
        address = .unix(path)
        let shared = Shared(answer: answer)
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let peer = Peer(channel: channel, number: shared.next())
                    try channel.pipeline.syncOperations.addHandler(Handler(peer: peer, answer: shared.answer))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    func stop() async throws {
        try await listener.close()
    }

    private final class Shared: Sendable {
        private let count = Mutex(0)
        let answer: Answer

        init(answer: @escaping Answer) {
            self.answer = answer
        }

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let peer: Peer
        let answer: Answer
        var reader = FrameReader()

        init(peer: Peer, answer: @escaping Answer) {
            self.peer = peer
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            do {
                for event in try reader.receive(unwrapInboundIn(data)) {
                    for action in peer.actions(for: event) {
                        switch action {
                        case .reply(let frame): peer.send(frame, last: false)
                        case .fail(let stream, let error): peer.send(.failure(error, stream: stream))
                        case .close: peer.close()
                        default: try answer(action, peer)
                        }
                    }
                }
            } catch {
                peer.close()
            }
        }
    }
}

/// A log of events, in order; tests wait for it instead of sleeping.
final class Log: Sendable {
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func add(_ entry: String) { continuation.yield(entry) }

    /// The next entries, waiting for them.
    func first(_ count: Int) async -> [String] {
        var entries: [String] = []
        for await entry in stream {
            entries.append(entry)
            if entries.count == count { break }
        }
        return entries
    }
}
