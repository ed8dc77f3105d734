import Glibc
import NIOCore
import NIOPosix

/// The other end of a connection, as the operating system tells it.
struct PeerIdentity: Sendable, Equatable {
    enum Kind: Sendable, Hashable {
        case unix(user: UInt32, group: UInt32)
        /// - Parameter certificate: the common name of the one it showed.
        case tcp(host: String, certificate: String?)
    }

    var kind: Kind

    var key: UInt64 {
        switch kind {
        case .unix(let user, _): UInt64(user)
        case .tcp(let host, let certificate):
            1 << 32 | UInt64(UInt32(truncatingIfNeeded: (certificate ?? host).hashValue))
        }
    }
}

extension PeerIdentity {
    /// Asks the operating system who is at the other end, and TLS, where it was set up, once its handshake is over.
    init(of channel: any Channel, secured: Bool) async throws {
        switch channel.remoteAddress {
        case .v4, .v6:
            let certificate = secured ? try await TransportSecurity.client(of: channel) : nil
            self.init(kind: .tcp(host: channel.remoteAddress?.ipAddress ?? "", certificate: certificate))
        default:
            guard let options = channel as? any SocketOptionProvider else {
                self.init(kind: .tcp(host: "", certificate: nil))
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
