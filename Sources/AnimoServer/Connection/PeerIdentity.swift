import Glibc
import NIOCore
import NIOPosix

/// The other end of a connection, as the operating system tells it.
struct PeerIdentity: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case unix(user: UInt32, group: UInt32)
        case tcp(host: String)
    }

    var kind: Kind

    var key: UInt64 {
        switch kind {
        case .unix(let user, _): UInt64(user)
        case .tcp(let host): 1 << 32 | UInt64(UInt32(truncatingIfNeeded: host.hashValue))
        }
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
