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

    /// Owner of work and sources: the one among whom the daemon is shared.
    var owner: Owner {
        switch kind {
        case .unix(let user, _): .user(user)
        case .tcp(_, let certificate?): .certificate(certificate)
        case .tcp(let host, nil): .host(host)
        }
    }

    /// The owner as the schedule tells it apart from others.
    var key: UInt64 {
        switch owner {
        case .user(let user): UInt64(user)
        case .certificate, .host: 1 << 63 | UInt64(truncatingIfNeeded: owner.hashValue) >> 1
        }
    }

    /// Peers that are one to the daemon: a user of this machine, the bearer of a certificate, or a host. All that come
    /// through one balancer are one host.
    enum Owner: Sendable, Hashable {
        case user(UInt32)
        case certificate(String)
        case host(String)
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
