import AnimoFiles
import AnimoWire
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
            if !isRemoved, Self.inode(of: path) == inode { _ = path.withPathBytes { unlink($0) } }
            isRemoved = true
        }
    }

    /// A socket that is bound to `path` and does not listen yet: nobody connects before its file has its mode and
    /// group.
    ///
    /// - Parameters:
    ///   - mode: of the file; nil for the umask's.
    ///   - group: of the file; nil for the process'.
    /// - Returns: its descriptor, which the caller owns.
    static func bind(_ path: String, mode: UInt16?, group: UInt32?) throws(ListenerError) -> Int32 {
        let refusal = { ListenerError.cannotBind(.unix(path), $0) }
        guard let address = try? SocketAddress(socketPath: path) else {
            throw refusal("its path is too long for a socket")
        }
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, flags, 0)
        guard descriptor >= 0 else { throw refusal(String(cString: strerror(errno))) }
        do throws(ListenerError) {
            // The file takes over the mode of the socket, so that it is at no time more than it shall be.
            if let mode, fchmod(descriptor, mode_t(mode)) != 0 { throw refusal("its mode cannot be set") }
            guard address.withSockAddr({ Glibc.bind(descriptor, $0, socklen_t($1)) }) == 0 else {
                throw errno == EADDRINUSE ? .inUse(.unix(path)) : refusal(String(cString: strerror(errno)))
            }
            let hasGroup = group.map { group in path.withPathBytes { chown($0, uid_t.max, group) } == 0 } ?? true
            guard hasGroup else {
                _ = path.withPathBytes { unlink($0) }
                throw refusal("its group cannot be set")
            }
            // Past the umask.
            let hasMode = mode.map { mode in path.withPathBytes { chmod($0, mode_t(mode)) } == 0 } ?? true
            guard hasMode else {
                _ = path.withPathBytes { unlink($0) }
                throw refusal("its mode cannot be set")
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func inode(of path: String) -> UInt64? {
        var status = stat()
        return path.withPathBytes { lstat($0, &status) } == 0 ? UInt64(status.st_ino) : nil
    }

    /// A socket file on which nobody listens is removed; anything else at its place is left alone.
    static func removeStale(_ path: String) throws {
        var status = stat()
        guard path.withPathBytes({ lstat($0, &status) }) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError.cannotBind(.unix(path), "the path exists and is not a socket")
        }
        // One that listens and has its hands full answers EAGAIN, and would else let us wait.
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let address = try SocketAddress(socketPath: path)
        let answered = address.withSockAddr { connect(probe, $0, socklen_t($1)) } == 0
        if answered || errno == EAGAIN { throw ListenerError.inUse(.unix(path)) }
        if errno == ECONNREFUSED { _ = path.withPathBytes { unlink($0) } }
    }
}
