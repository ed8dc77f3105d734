import NIOHTTP1

/// Decides who may see the studio: a browser on this machine that was given the printed address.
///
/// Every request must name the studio's own host (a page elsewhere whose name was rebound to this address does not),
/// WebSockets must come from the studio's own page, and both must show a token: in the address at first use, in a
/// cookie from then on.
struct StudioAccess: Sendable {
    /// Answer to a request.
    enum Verdict: Equatable, Sendable {
        /// A cookie or a token shows that it may, or the file has no secret.
        case granted
        /// The token was in the address: the answer shall put it into a cookie.
        case grantedByAddress
        /// With the reason, which the browser shows.
        case refused(String)
    }

    /// Name of the cookie that holds ``token``.
    static let cookieName = "animo_studio"
    /// Paths that ``overlayToken`` opens too.
    static let overlayPaths: Set<String> = ["/overlay", "/overlay-socket"]
    /// Files without a secret, which a saved overlay loads before it has a cookie.
    static let openPaths: Set<String> = ["/overlay.css", "/overlay.js", "/icon.svg"]

    /// 128 bits, of this run.
    let token: String
    /// 128 bits, kept over restarts, for overlays that a broadcaster has saved.
    let overlayToken: String
    /// Values of the header `Host` that are served, lower case, with the port.
    let hosts: Set<String>

    /// - Parameters:
    ///   - host: name or address that is listened on; `localhost` and `127.0.0.1` are served beside it.
    ///   - port: port that is listened on.
    init(token: String, overlayToken: String, host: String, port: Int) {
        self.token = token
        self.overlayToken = overlayToken
        let name = host.contains(":") ? "[\(host)]" : host.lowercased()
        hosts = ["\(name):\(port)", "localhost:\(port)", "127.0.0.1:\(port)"]
    }

    /// Decides on one request.
    ///
    /// - Parameters:
    ///   - query: of the address, by name.
    ///   - isSocket: whether this opens a WebSocket, which a foreign page could do with our cookie.
    func verdict(path: String, query: [String: String], headers: HTTPHeaders, isSocket: Bool) -> Verdict {
        guard let host = headers.first(name: "host")?.lowercased(), hosts.contains(host) else {
            return .refused("this page is served to its own host name only")
        }
        if isSocket {
            guard let origin = headers.first(name: "origin")?.lowercased(), origin == "http://\(host)" else {
                return .refused("a WebSocket must come from the studio's own page")
            }
        }
        if Self.openPaths.contains(path) { return .granted }
        let isOverlay = Self.overlayPaths.contains(path)
        if let given = query["token"] {
            if Self.areEqual(given, token) { return .grantedByAddress }
            if isOverlay, Self.areEqual(given, overlayToken) { return .granted }
        }
        if let cookie = Self.cookie(in: headers), Self.areEqual(cookie, token) { return .granted }
        return .refused("open the address that 'animoctl studio' printed; it holds a token")
    }

    /// 128 bits from the system's generator, in 32 hexadecimal digits.
    static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func cookie(in headers: HTTPHeaders) -> String? {
        for header in headers["cookie"] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].trimmingPrefix(while: { $0 == " " }) == cookieName else { continue }
                return String(parts[1])
            }
        }
        return nil
    }

    /// Compares in a time that does not tell how much of a guess is right.
    private static func areEqual(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
