import AnimoConcurrency
import AnimoWire
import Crypto
import Foundation

/// Permissions of peers: by the peer credentials of a Unix socket, by certificate or token over TCP.
package struct AccessPolicy: Sendable, Equatable {
    /// A list of peers: one that is on any of its three lists is on it.
    package struct List: Sendable, Equatable {
        /// User identifiers of Unix sockets' peers.
        package var users: [UInt32]
        /// Group identifiers of Unix sockets' peers, supplementary ones among them.
        package var groups: [UInt32]
        /// Common names of client certificates.
        package var certificates: [String]

        /// Creates a list; one without names is empty.
        package init(users: [UInt32] = [], groups: [UInt32] = [], certificates: [String] = []) {
            self.users = users
            self.groups = groups
            self.certificates = certificates
        }
    }

    /// Permissions of one peer.
    enum Role: Sendable, Equatable {
        /// Nothing but ask for the health, until a call shows a token.
        case stranger
        case caller
        case administrator
    }

    /// Empty: whoever can open the socket, or has a certificate of the right authority.
    package var serve: List
    /// Beside the daemon's owner and root, over a Unix socket.
    package var admin: List
    /// Hashes of the tokens one of which a TCP client without a certificate must show; empty: none is asked for.
    private var tokens: [SHA256.Digest] = []

    /// - Parameters:
    ///   - serve: peers that may call.
    ///   - admin: peers that may also reload, drain and verify.
    ///   - tokens: as they stand in the token file; only their SHA-256 is kept.
    package init(serve: List = List(), admin: List = List(), tokens: [String] = []) {
        self.serve = serve
        self.admin = admin
        self.tokens = tokens.map { SHA256.hash(data: Data($0.utf8)) }
    }

    /// nil for those who may not even connect.
    func role(of peer: PeerIdentity) async -> Role? {
        switch peer.kind {
        case .unix(let user, let group):
            if user == 0 || user == geteuid() { return .administrator }
            if await admin.names(user: user, group: group) { return .administrator }
            let isOpen = serve.users.isEmpty && serve.groups.isEmpty
            if isOpen { return .caller }
            return await serve.names(user: user, group: group) ? .caller : nil
        case .tcp(_, let certificate?):
            if admin.certificates.contains(certificate) { return .administrator }
            return serve.certificates.isEmpty || serve.certificates.contains(certificate) ? .caller : nil
        case .tcp: return tokens.isEmpty ? .caller : .stranger
        }
    }

    /// - Parameter metadata: of the request, which may hold `authorization: Bearer TOKEN`.
    func check(_ method: AnimoWire.Method, by role: Role, metadata: [Wire.KeyValue]) throws(RPCError) {
        if method == .healthCheck { return }
        if role == .stranger { try checkToken(metadata) }
        switch method {
        case .status, .verify, .reload, .drain:
            guard role == .administrator else {
                throw RPCError(
                    .permissionDenied, .forbidden,
                    "only the daemon's owner, root and the admin list may ask this; over TCP, only by certificate")
            }
        default: break
        }
    }

    private func checkToken(_ metadata: [Wire.KeyValue]) throws(RPCError) {
        let scheme = "bearer "
        let shown = metadata.filter { $0.key.lowercased() == "authorization" }.map(\.value)
            .filter { $0.lowercased().hasPrefix(scheme) }
            .map { SHA256.hash(data: Data($0.dropFirst(scheme.count).utf8)) }
        // Digests compare in a time that does not depend on where they differ.
        guard shown.contains(where: { token in tokens.contains { $0 == token } }) else {
            throw RPCError(
                .unauthenticated, .forbidden,
                shown.isEmpty
                    ? "authorization: expected a bearer token in the metadata, got none"
                    : "authorization: this token is not known", field: "authorization")
        }
    }
}

extension AccessPolicy.List {
    /// Whether a user is named, or one of their groups is.
    fileprivate func names(user: UInt32, group: UInt32) async -> Bool {
        if users.contains(user) || groups.contains(group) { return true }
        guard !groups.isEmpty else { return false }
        // The account database may be at the other end of a network.
        let members = try? await runBlocking { Self.groups(of: user, primary: group) }
        return members?.contains { groups.contains($0) } ?? false
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
