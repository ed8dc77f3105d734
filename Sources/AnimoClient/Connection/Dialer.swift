#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import AnimoWire
import NIOCore
import NIOPosix

/// Has one connection to the daemon, and makes a new one when it is lost.
actor Dialer {
    private let address: Address
    private let timeout: Duration
    private let frameLimit: Int
    private let credentials: Credentials
    private var current: Connection?
    private var dialing: Task<Connection, any Error>?
    private var isClosed = false

    /// - Parameters:
    ///   - timeout: of an attempt to connect.
    ///   - frameLimit: bytes of the largest frame that is read, cut to ``Frame/largestBody``.
    init(address: Address, timeout: Duration, frameLimit: Int, credentials: Credentials) {
        self.address = address
        self.timeout = timeout
        self.credentials = credentials
        self.frameLimit = min(max(frameLimit, 0), Frame.largestBody)
    }

    /// The connection, shared by everyone who asks meanwhile.
    ///
    /// - Throws: `RPCError`: PERMISSION_DENIED where the socket's mode says so, else UNAVAILABLE.
    func connection() async throws -> Connection {
        if isClosed { throw RPCError(code: .cancelled, message: "the client is closed") }
        if let current, !current.isLost { return current }
        if let dialing { return try await dialing.value }
        let task = Task { [address, timeout, frameLimit, credentials] in
            try await Dialer.dial(address, timeout, frameLimit, credentials)
        }
        dialing = task
        defer { dialing = nil }
        let connection = try await task.value
        if isClosed {
            await connection.close()
            throw RPCError(code: .cancelled, message: "the client is closed")
        }
        current = connection
        return connection
    }

    /// The next call gets a connection of its own; those in flight on the present one go on.
    func leave() { current = nil }

    /// Closes the connection for good; later calls fail with CANCELLED.
    func close() async {
        isClosed = true
        await current?.close()
        current = nil
    }

    private static func dial(
        _ address: Address, _ timeout: Duration, _ frameLimit: Int, _ credentials: Credentials
    ) async throws -> Connection {
        try DescriptorHeadroom.check()
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
        let prepare: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if case .tcp(let host, _) = address { try credentials.security?.secure(channel, host: host) }
                let connection = Connection(
                    channel: channel, frameLimit: frameLimit, metadata: credentials.metadata)
                try channel.pipeline.syncOperations.addHandler(
                    ConnectionHandler(connection: connection, frameLimit: frameLimit))
                return connection
            }
        }
        do {
            switch address {
            case .unix(let path):
                return try await onceThereIsRoom(until: .now + timeout) {
                    try await bootstrap.connect(
                        to: try SocketAddress(socketPath: path), channelInitializer: prepare)
                }
            case .tcp(let host, let port):
                return try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: prepare)
            }
        } catch {
            let denied = [EACCES, EPERM].contains(error.errorNumber)
            throw RPCError(
                code: denied ? .permissionDenied : .unavailable,
                message: "cannot connect to \(address): \(error.inWords)\(denied ? "" : "; is animod running?")")
        }
    }
}

extension Dialer {
    /// Tries again while more clients than the daemon's socket has room for wait to be accepted: a Unix socket says so
    /// at once (`connect(2)`, EAGAIN) where a TCP one lets them wait.
    ///
    /// - Throws: what `connect` threw, and `ChannelError.connectTimeout` when the time is up.
    private static func onceThereIsRoom(
        until deadline: ContinuousClock.Instant, connect: () async throws -> Connection
    ) async throws -> Connection {
        while true {
            do { return try await connect() } catch  where error.errorNumber == EAGAIN {
                guard .now < deadline else { throw ChannelError.connectTimeout(.zero) }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}

extension Error {
    /// The system's error number, where there is one.
    fileprivate var errorNumber: CInt? {
        switch self {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError: error.connectionErrors.lazy.compactMap { $0.error.errorNumber }.first
        default: nil
        }
    }

    /// A few words for people.
    var inWords: String {
        if let number = errorNumber, let text = strerror(number) { return String(cString: text) }
        switch self {
        case let error as ChannelError:
            if case .connectTimeout = error { return "no answer in time" }
            return String(describing: error)
        case is NIOConnectionError: return "no such host"
        default: return String(describing: self)
        }
    }
}
