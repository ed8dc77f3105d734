import AnimoFiles
import AnimoWire
import Foundation
import NIOCore
import NIOPosix

/// Place at which the daemon takes connections: an address of its own, or a socket it was handed.
package enum ListenerSource: Sendable, Equatable {
    case address(Address)
    /// A listening stream socket inherited from the service manager.
    case inherited(descriptor: Int32)

    /// Whether it is a TCP socket that others than this machine may reach, by the address it is bound to.
    package var isOpenToOthers: Bool {
        switch self {
        case .address(.unix): false
        case .address(.tcp(let host, _)): !Address.isLoopback(host)
        case .inherited(let descriptor):
            switch Address(ofSocket: descriptor) {
            case .tcp(let host, _): !Address.isLoopback(host)
            default: false
            }
        }
    }

    /// Whether connections come by TCP.
    package var isTCP: Bool {
        switch self {
        case .address(.tcp): true
        case .address(.unix): false
        case .inherited(let descriptor):
            if case .tcp = Address(ofSocket: descriptor) { true } else { false }
        }
    }
}

/// Reasons why an address cannot be listened on.
package enum ListenerError: Error, CustomStringConvertible {
    /// Another process listens there.
    case inUse(Address)
    /// The system refused, for the reason in words.
    case cannotBind(Address, String)
    /// A socket that a service manager handed over is of no use, for the reason in words.
    case cannotInherit(String)

    /// Message for a person, with the address.
    package var description: String {
        switch self {
        case .inUse(let address): "\(address) is in use by another daemon"
        case .cannotBind(let address, let why): "cannot listen on \(address): \(why)"
        case .cannotInherit(let why): "cannot listen on a socket that was handed over: \(why)"
        }
    }
}

/// A bound socket and what it makes of each connection.
struct Listener<Accepted: Sendable>: Sendable {
    let channel: NIOAsyncChannel<Accepted, Never>
    /// As bound: a port of 0 is replaced by what the system chose.
    let address: Address?
    /// To be removed at the end: a socket file of our own making.
    private let file: SocketFile?

    /// - Parameters:
    ///   - answersHalfClosed: whether a client may close its half and still be answered.
    ///   - exhausted: told of each connection that could not be accepted for want of descriptors.
    ///   - prepare: sets up each connection, on its event loop.
    static func bind(
        _ source: ListenerSource, mode: UInt16? = nil, group owner: UInt32? = nil, buffers: Int? = nil,
        answersHalfClosed: Bool = false, on group: any EventLoopGroup, exhausted: @escaping @Sendable () -> Void,
        prepare: @escaping @Sendable (any Channel) -> EventLoopFuture<Accepted>
    ) async throws -> Listener {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(note: exhausted))
                }
            }
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(.allowRemoteHalfClosure, value: answersHalfClosed)
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10))
        if source.isTCP {
            bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
        }
        if let buffers {
            let size = ChannelOptions.Types.SocketOption.Value(buffers)
            bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: size)
                .childChannelOption(.socketOption(.so_rcvbuf), value: size)
        }
        switch source {
        case .inherited(let descriptor):
            do {
                let channel = try await bootstrap.bind(descriptor, childChannelInitializer: prepare)
                return Listener(channel: channel, address: Address(channel.channel.localAddress), file: nil)
            } catch {
                throw ListenerError.cannotInherit((error as? IOError)?.inWords ?? "it cannot be read")
            }
        case .address(.tcp(let host, let port)):
            do {
                let channel = try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: host, port: port, childChannelInitializer: prepare)
                let bound = channel.channel.localAddress?.port ?? port
                return Listener(channel: channel, address: .tcp(host: host, port: bound), file: nil)
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                throw ListenerError.inUse(.tcp(host: host, port: port))
            } catch let error as IOError {
                throw ListenerError.cannotBind(.tcp(host: host, port: port), error.inWords)
            } catch {
                throw ListenerError.cannotBind(.tcp(host: host, port: port), "no such host")
            }
        case .address(.unix(let path)):
            try SocketFile.removeStale(path)
            let descriptor = try SocketFile.bind(path, mode: mode, group: owner)
            let file = SocketFile(path)
            do {
                let channel = try await bootstrap.bind(descriptor, childChannelInitializer: prepare)
                return Listener(channel: channel, address: .unix(path), file: file)
            } catch let error as IOError {
                file?.remove()
                throw ListenerError.cannotBind(.unix(path), error.inWords)
            }
        }
    }

    /// Takes our socket file away, so that a successor can put its own there while we finish.
    func removeFile() { file?.remove() }

    func close() {
        removeFile()
        channel.channel.close(promise: nil)
    }
}

extension Listener where Accepted == Void {
    /// Lets connections in until cancelled; their handlers do the rest.
    func acceptUntilCancelled() async throws {
        do {
            try await channel.executeThenClose { inbound in for try await _ in inbound {} }
        } catch is CancellationError {
        }
        removeFile()
    }
}

extension IOError {
    fileprivate var inWords: String { String(cString: strerror(errnoCode)) }
}

extension Address {
    /// A host that only this machine reaches.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// nil where the system does not tell.
    init?(_ address: SocketAddress?) {
        switch address {
        case .unixDomainSocket?:
            guard let path = address?.socketPath else { return nil }
            self = .unix(path)
        case .v4?, .v6?:
            guard let host = address?.ipAddress, let port = address?.port else { return nil }
            self = .tcp(host: host, port: port)
        default: return nil
        }
    }

    /// Reads the address that a socket is bound to; nil where it has none that is served.
    init?(ofSocket descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let known = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) } == 0
        }
        guard known else { return nil }
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(SocketAddress(address))
        case AF_INET6:
            let address = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
            self.init(SocketAddress(address))
        default: return nil
        }
    }
}
