import AnimoClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// Serves the studio's page and its WebSockets on one address, until cancelled.
///
/// HTTP and WebSocket are SwiftNIO's, which the client speaks to the daemon with anyway. Every page has a connection to
/// the daemon of its own: a page that never reads stalls itself, and one that leaves takes its work with it.
package final class StudioServer: Sendable {
    /// Address, token and pictures of a studio.
    package struct Configuration: Sendable {
        /// Name or address to listen on, loopback unless the user asks for another.
        package var host: String
        /// TCP port; 0 for any that is free.
        package var port: Int
        /// For `/overlay`, kept over restarts.
        package var overlayToken: String
        /// Pictures of the user's folder, offered as heads.
        package var pictures: [FolderPicture]

        /// Creates one from its fields.
        package init(host: String, port: Int, overlayToken: String, pictures: [FolderPicture] = []) {
            self.host = host
            self.port = port
            self.overlayToken = overlayToken
            self.pictures = pictures
        }
    }

    /// Pages and overlays that may be open at once.
    static let connectionLimit = 64
    /// Connections that may be open before one of them has become a page's or an overlay's.
    static let pendingLimit = 128
    /// Time limit of a request's head.
    private static let requestTimeout = TimeAmount.seconds(15)
    /// Bytes of the largest message a page may send.
    static let messageLimit = 8 << 20

    /// A connection whose requests are answered.
    typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>
    /// A connection that has become a WebSocket.
    typealias SocketChannel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    /// A connection after its first request.
    enum Upgraded {
        /// A WebSocket, with the address that was asked for.
        case socket(SocketChannel, RequestTarget)
        /// Plain HTTP.
        case http(HTTPChannel)
    }

    private let configuration: Configuration
    private let connect: @Sendable () async throws -> AnimoClient
    private let broadcast = Broadcast()
    private let pending = PendingConnections(limit: StudioServer.pendingLimit)
    private let counts = Mutex((open: 0, pages: UInt64(0)))

    /// - Parameter connect: opens a connection to the daemon.
    package init(_ configuration: Configuration, connect: @escaping @Sendable () async throws -> AnimoClient) {
        self.configuration = configuration
        self.connect = connect
    }

    /// Serves; `ready` is told the page's and the overlay's address.
    ///
    /// - Throws: where the address cannot be listened on.
    package func run(ready: @Sendable (_ page: String, _ overlay: String) -> Void) async throws {
        let token = StudioAccess.randomToken()
        let access = Mutex<StudioAccess?>(nil)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: configuration.host, port: configuration.port) { [pending] channel in
                pending.add(channel)
                return Self.upgradable(channel) { access.withLock { $0 } }
            }
        let port = server.channel.localAddress?.port ?? configuration.port
        let policy = StudioAccess(
            token: token, overlayToken: configuration.overlayToken, host: configuration.host, port: port)
        access.withLock { $0 = policy }
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        ready(
            "http://\(host):\(port)/?token=\(token)",
            "http://\(host):\(port)/overlay?token=\(configuration.overlayToken)")
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { accepted in
                for try await upgrade in accepted {
                    group.addTask { await self.serve(upgrade, policy) }
                }
            }
        }
    }

    // MARK: Connections

    private static func upgradable(
        _ channel: any Channel, _ access: @escaping @Sendable () -> StudioAccess?
    ) -> EventLoopFuture<EventLoopFuture<Upgraded>> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Upgraded>(
                maxFrameSize: messageLimit,
                shouldUpgrade: { channel, head in
                    let target = RequestTarget(head.uri)
                    let verdict = access()?.verdict(
                        path: target.path, query: target.query, headers: head.headers, isSocket: true)
                    let isKnown = ["/socket", "/overlay-socket"].contains(target.path)
                    // nil: no upgrade, so that the request is answered as plain HTTP, in words.
                    return channel.eventLoop.makeSucceededFuture(
                        isKnown && (verdict == .granted || verdict == .grantedByAddress) ? HTTPHeaders() : nil)
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 4096,
                                maxAccumulatedFrameSize: messageLimit))
                        return .socket(
                            try SocketChannel(wrappingChannelSynchronously: channel), RequestTarget(head.uri))
                    }
                })
            let configuration = NIOTypedHTTPServerUpgradeConfiguration(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ByteBufferResponses())
                        return .http(try HTTPChannel(wrappingChannelSynchronously: channel))
                    }
                })
            let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: .init(upgradeConfiguration: configuration))
            let timeout = channel.eventLoop.scheduleTask(in: requestTimeout) { channel.close(promise: nil) }
            upgraded.whenComplete { _ in timeout.cancel() }
            return upgraded
        }
    }

    private func serve(_ upgrade: EventLoopFuture<Upgraded>, _ access: StudioAccess) async {
        // A browser that leaves in the middle is no fault of ours.
        switch try? await upgrade.get() {
        case .http(let channel):
            try? await PageResponder(access: access, pictures: configuration.pictures).serve(channel)
        case .socket(let channel, let target):
            pending.remove(channel.channel)
            guard let page = admit() else {
                try? await channel.executeThenClose { _, outbound in try await outbound.write(.refusal(1013)) }
                return
            }
            defer { counts.withLock { $0.open -= 1 } }
            if target.path == "/overlay-socket" {
                try? await OverlaySocket(broadcast: broadcast).serve(channel)
            } else {
                try? await PageSocket(
                    page: page, connect: connect, broadcast: broadcast,
                    overlay: "/overlay?token=\(configuration.overlayToken)",
                    pictures: configuration.pictures.map(\.name)
                ).serve(channel)
            }
        case nil: break
        }
    }

    /// The number of a page that may be served; nil beyond the limit.
    private func admit() -> UInt64? {
        counts.withLock { counts in
            guard counts.open < Self.connectionLimit else { return nil }
            counts.open += 1
            counts.pages += 1
            return counts.pages
        }
    }
}

extension WebSocketFrame {
    /// Answer to a ping, with its data (RFC 6455, 5.5.3).
    static func pong(_ data: ByteBuffer) -> WebSocketFrame { WebSocketFrame(fin: true, opcode: .pong, data: data) }

    /// A close with a status (RFC 6455, 7.4).
    static func refusal(_ code: UInt16) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer(integer: code))
    }
}

/// Bodies as byte buffers, as the async channel hands them over.
private final class ByteBufferResponses: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart =
            switch Self.unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let buffer): .body(.byteBuffer(buffer))
            case .end(let trailers): .end(trailers)
            }
        context.write(Self.wrapOutboundOut(part), promise: promise)
    }
}
