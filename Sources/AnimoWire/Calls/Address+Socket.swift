#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import AnimoFiles
import NIOCore

extension SocketAddress {
    /// The address of the Unix socket at a path, byte for byte.
    ///
    /// - Throws: `SocketAddressError.unixDomainSocketPathTooLong` above ``Address/longestPath`` bytes.
    package init(socketPath path: String) throws {
        let bytes = path.pathBytes
        guard bytes.count <= Address.longestPath else { throw SocketAddressError.unixDomainSocketPathTooLong }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.init(address)
    }

    /// The path of a Unix socket, byte for byte; nil for other addresses.
    package var socketPath: String? {
        guard case .unixDomainSocket(let socket) = self else { return nil }
        return withUnsafeBytes(of: socket.address.sun_path) { String(pathBytes: $0.prefix { $0 != 0 }) }
    }
}
