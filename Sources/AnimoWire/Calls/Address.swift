import AnimoFiles

/// Address at which a daemon listens: `unix:PATH` or `tcp:HOST:PORT`.
///
/// A path is kept byte for byte; in a path that is not UTF-8 the private scalar U+10FF00 + b stands for each byte b
/// that is not.
public enum Address: Sendable, Hashable, CustomStringConvertible {
    case unix(String)
    /// An IPv6 host is written in brackets and kept without them. Port 0 lets the system choose.
    case tcp(host: String, port: Int)

    /// Address of a daemon that was installed as a service.
    public static let standard = Address.unix("/run/animod/animod.sock")

    /// Longest path, in bytes, that the address structure of a Unix socket has room for.
    public static let longestPath = 107

    /// Parses `unix:PATH` or `tcp:HOST:PORT`.
    ///
    /// - Throws: where the text is neither, with what was expected.
    public init(parsing text: String) throws(AddressError) {
        if text.hasPrefix("unix:") {
            self = .unix(try Address.path(parsing: text.dropFirst("unix:".count)))
        } else if text.hasPrefix("tcp:") {
            self = try Address.tcp(parsing: text.dropFirst("tcp:".count))
        } else {
            throw AddressError(message: "expected unix:PATH or tcp:HOST:PORT, got '\(text)'" + Address.hint(for: text))
        }
    }

    /// The address that was probably meant.
    private static func hint(for text: String) -> String {
        for scheme in ["http://", "https://", "ttrpc://", "grpc://"] where text.hasPrefix(scheme) {
            return ": write tcp:\(text.dropFirst(scheme.count))"
        }
        if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("~") || text.hasSuffix(".sock") {
            return ": for a socket's path write unix:\(text)"
        }
        return (try? Address.tcp(parsing: text[...])) == nil ? "" : ": for TCP write tcp:\(text)"
    }

    private static func path(parsing text: Substring) throws(AddressError) -> String {
        // As URLs have it, unix:///run/x, but unix://x has a host and no path.
        let path = String(text.hasPrefix("///") ? text.dropFirst(2) : text)
        guard !path.isEmpty else { throw AddressError(message: "expected a path after unix:, got nothing") }
        guard !path.hasPrefix("@") else {
            throw AddressError(
                message:
                    "expected a socket's path, got the abstract name '\(path)', which any user may take: use a file, "
                    + "whose mode says who may connect (or unix:./\(path) for a file of that name)")
        }
        guard !path.hasPrefix("//") else {
            throw AddressError(message: "expected unix:PATH, got 'unix:\(path)': write unix:\(path.drop { $0 == "/" })")
        }
        guard !path.utf8.contains(0) else {
            throw AddressError(message: "expected a socket's path, got one with a NUL byte")
        }
        let count = path.pathBytes.count
        guard count <= Address.longestPath else {
            throw AddressError(
                message: "expected a socket's path of at most \(Address.longestPath) bytes, got \(count): "
                    + "the system takes no longer ones, so use a shorter folder")
        }
        return path
    }

    private static func tcp(parsing text: Substring) throws(AddressError) -> Address {
        guard !text.hasPrefix("//") else {
            throw AddressError(message: "expected tcp:HOST:PORT without slashes: write tcp:\(text.dropFirst(2))")
        }
        let colons = text.count { $0 == ":" }
        if colons > 1, !text.hasPrefix("[") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            let (host, port) = (parts.dropLast().joined(separator: ":"), parts.last ?? "")
            let meant = Int(port) == nil ? "" : "tcp:[\(host)]:\(port), or "
            throw AddressError(
                message: "expected an IPv6 host in brackets, got '\(text)': write \(meant)tcp:[\(text)]:PORT")
        }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw AddressError(message: "expected tcp:HOST:PORT, got no port in 'tcp:\(text)'")
        }
        var host = text[..<colon]
        let number = text[text.index(after: colon)...]
        guard let port = Int(number), (0...65535).contains(port), number.allSatisfy(\.isNumber) else {
            throw AddressError(
                message: "expected a port from 0 to 65535, got " + (number.isEmpty ? "none" : "'\(number)'"))
        }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else {
                throw AddressError(message: "expected tcp:[IPV6]:PORT, got 'tcp:\(text)'")
            }
            host = host.dropFirst().dropLast()
        }
        guard !host.isEmpty else {
            throw AddressError(
                message: "expected tcp:HOST:PORT, got no host: for this machine write tcp:127.0.0.1:\(port)")
        }
        return .tcp(host: String(host), port: port)
    }

    /// The address of a user's own daemon, given the environment: in the folder that the system makes for the user
    /// alone; nil where it makes none.
    public static func own(environment: [String: String]) -> Address? {
        guard let folder = environment["XDG_RUNTIME_DIR"], folder.hasPrefix("/") else { return nil }
        let path = "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/animod/animod.sock"
        return path.pathBytes.count <= longestPath ? .unix(path) : nil
    }

    /// Text for a person.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path.printablePath)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        }
    }
}

/// A text that is no address.
public struct AddressError: Error, Equatable, CustomStringConvertible {
    /// Message for a person: what was expected and what came.
    public let message: String
    /// The message.
    public var description: String { message }
}
