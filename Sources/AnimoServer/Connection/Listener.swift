import AnimoWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Where the daemon takes connections: an address of its own, or a socket it was handed.
public enum ListenerSource: Sendable, Equatable {
    case address(Address)
    /// A listening stream socket inherited from the service manager.
    case inherited(descriptor: Int32)
}

public enum ListenerError: Error, CustomStringConvertible {
    case inUse(Address)
    case cannotBind(Address, String)

    public var description: String {
        switch self {
        case .inUse(let address): "\(address) is in use by another daemon"
        case .cannotBind(let address, let why): "cannot listen on \(address): \(why)"
        }
    }
}

/// A bound socket and what accepts on it.
struct Listener: Sendable {
    let channel: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>
    /// As bound: a port of 0 is replaced by what the system chose.
    let address: Address?
    /// To be removed at the end: a socket file of our own making.
    private let file: SocketFile?

    static func bind(_ source: ListenerSource, mode: UInt16?, group owner: UInt32?, on group: any EventLoopGroup)
        async throws -> Listener
    {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10))
        @Sendable func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
        switch source {
        case .inherited(let descriptor):
            let channel = try await bootstrap.bind(descriptor, childChannelInitializer: wrap)
            return Listener(channel: channel, address: Address(channel.channel.localAddress), file: nil)
        case .address(.tcp(let host, let port)):
            let bootstrap = bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
            do {
                let channel = try await bootstrap.bind(host: host, port: port, childChannelInitializer: wrap)
                let bound = channel.channel.localAddress?.port ?? port
                return Listener(channel: channel, address: .tcp(host: host, port: bound), file: nil)
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                throw ListenerError.inUse(.tcp(host: host, port: port))
            } catch let error as IOError {
                throw ListenerError.cannotBind(.tcp(host: host, port: port), String(cString: strerror(error.errnoCode)))
            } catch {
                throw ListenerError.cannotBind(.tcp(host: host, port: port), "no such host")
            }
        case .address(.unix(let path)):
            try removeStaleSocket(path)
            do {
                let channel = try await bootstrap.bind(unixDomainSocketPath: path, childChannelInitializer: wrap)
                if let mode, chmod(path, mode_t(mode)) != 0 {
                    throw ListenerError.cannotBind(.unix(path), "its mode cannot be set")
                }
                if let owner, chown(path, uid_t.max, owner) != 0 {
                    throw ListenerError.cannotBind(.unix(path), "its group cannot be set")
                }
                return Listener(channel: channel, address: .unix(path), file: SocketFile(path))
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                throw ListenerError.inUse(.unix(path))
            } catch let error as IOError {
                throw ListenerError.cannotBind(.unix(path), String(cString: strerror(error.errnoCode)))
            }
        }
    }

    /// Takes our socket file away, so that a successor can put its own there while we finish.
    func removeFile() { file?.remove() }

    /// A socket file on which nobody listens is removed; anything else at its place is left alone.
    private static func removeStaleSocket(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError.cannotBind(.unix(path), "something that is no socket is in its place")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let address = try SocketAddress(unixDomainSocketPath: path)
        let answered = address.withSockAddr { connect(probe, $0, socklen_t($1)) } == 0
        if answered { throw ListenerError.inUse(.unix(path)) }
        if errno == ECONNREFUSED { unlink(path) }
    }
}

extension Address {
    /// nil where the system does not tell.
    fileprivate init?(_ address: SocketAddress?) {
        switch address {
        case .unixDomainSocket?:
            guard let path = address?.pathname else { return nil }
            self = .unix(path)
        case .v4?, .v6?:
            guard let host = address?.ipAddress, let port = address?.port else { return nil }
            self = .tcp(host: host, port: port)
        default: return nil
        }
    }
}

/// A socket file of our own making, removed once, unless another daemon has put its own in its place.
private final class SocketFile: Sendable {
    private let path: String
    private let inode: UInt64
    private let isRemoved = Mutex(false)

    init?(_ path: String) {
        guard let inode = Self.inode(of: path) else { return nil }
        self.path = path
        self.inode = inode
    }

    func remove() {
        isRemoved.withLock { isRemoved in
            if !isRemoved, Self.inode(of: path) == inode { unlink(path) }
            isRemoved = true
        }
    }

    private static func inode(of path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}

extension PeerIdentity {
    /// Asks the operating system who is at the other end.
    init(of channel: any Channel) async throws {
        switch channel.remoteAddress {
        case .v4, .v6: self.init(kind: .tcp(host: channel.remoteAddress?.ipAddress ?? ""))
        default:
            guard let options = channel as? any SocketOptionProvider else {
                self.init(kind: .tcp(host: ""))
                return
            }
            let credentials: SocketCredentials = try await options.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
            self.init(kind: .unix(user: credentials.user, group: credentials.group))
        }
    }
}

/// `struct ucred` of `unix(7)`, in its layout; Glibc's module leaves it out.
private struct SocketCredentials: Sendable {
    var process: Int32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
}
