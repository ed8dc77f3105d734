import AnimoWire
import Foundation

/// Who may ask for what, by the peer credentials of a Unix socket.
public struct AccessPolicy: Sendable, Equatable {
    public struct List: Sendable, Equatable {
        public var users: [UInt32]
        public var groups: [UInt32]

        public init(users: [UInt32] = [], groups: [UInt32] = []) {
            self.users = users
            self.groups = groups
        }

        var isEmpty: Bool { users.isEmpty && groups.isEmpty }
    }

    /// Empty: whoever can open the socket.
    public var serve: List
    /// Beside the daemon's owner and root.
    public var admin: List

    public init(serve: List = List(), admin: List = List()) {
        self.serve = serve
        self.admin = admin
    }

    func mayServe(_ peer: PeerIdentity) -> Bool {
        guard case .unix(let user, let group) = peer.kind else { return true }
        return serve.isEmpty || isOwner(user) || serve.names(user: user, group: group)
            || admin.names(user: user, group: group)
    }

    func checkAdministrator(_ peer: PeerIdentity) throws {
        if case .unix(let user, let group) = peer.kind,
            isOwner(user) || admin.names(user: user, group: group)
        {
            return
        }
        throw RPCError(
            .permissionDenied, .forbidden,
            "only the daemon's owner, root and the admin list may ask this, over a Unix socket")
    }

    private func isOwner(_ user: UInt32) -> Bool { user == 0 || user == geteuid() }
}

extension AccessPolicy.List {
    /// Whether a user is named, or one of their groups is.
    fileprivate func names(user: UInt32, group: UInt32) -> Bool {
        if users.contains(user) || groups.contains(group) { return true }
        return !groups.isEmpty && Self.groups(of: user, primary: group).contains { groups.contains($0) }
    }

    /// A user's groups by the account database; none for a user it does not know. Connections ask side by side, so
    /// nothing shared may be written.
    private static func groups(of user: UInt32, primary group: UInt32) -> ArraySlice<gid_t> {
        var entry = passwd()
        var text = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        return text.withUnsafeMutableBufferPointer { text in
            guard let base = text.baseAddress, getpwuid_r(user, &entry, base, text.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return [] }
            var count: Int32 = 65_536  // NGROUPS_MAX
            var members = [gid_t](repeating: 0, count: Int(count))
            guard getgrouplist(name, group, &members, &count) >= 0 else { return [] }
            return members.prefix(Int(count))
        }
    }
}
