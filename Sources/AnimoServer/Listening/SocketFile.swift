import Foundation
import NIOCore
import Synchronization

/// A socket file of our own making, removed once, unless another daemon has put its own in its place.
final class SocketFile: Sendable {
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

    /// A socket file on which nobody listens is removed; anything else at its place is left alone.
    static func removeStale(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError.cannotBind(.unix(path), "the path exists and is not a socket")
        }
        // One that listens and has its hands full answers EAGAIN, and would else let us wait.
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let address = try SocketAddress(unixDomainSocketPath: path)
        let answered = address.withSockAddr { connect(probe, $0, socklen_t($1)) } == 0
        if answered || errno == EAGAIN { throw ListenerError.inUse(.unix(path)) }
        if errno == ECONNREFUSED { unlink(path) }
    }
}
