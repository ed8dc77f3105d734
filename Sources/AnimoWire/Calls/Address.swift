/// Where a daemon listens: `unix:PATH` or `tcp:HOST:PORT`.
public enum Address: Sendable, Hashable, CustomStringConvertible {
    case unix(String)
    /// An IPv6 host is written in brackets and kept without them. Port 0 lets the system choose.
    case tcp(host: String, port: Int)

    public static let standard = Address.unix("/run/animod/animod.sock")

    /// Longest path, in bytes, that the address structure of a Unix socket has room for.
    public static let longestPath = 107

    public init(parsing text: String) throws(AddressError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty else { throw AddressError(message: "expected a path after unix:, got nothing") }
            guard path.utf8.count <= Address.longestPath else {
                throw AddressError(
                    message: "expected a socket's path of at most \(Address.longestPath) bytes, "
                        + "got \(path.utf8.count)")
            }
            guard !path.utf8.contains(0) else {
                throw AddressError(message: "expected a socket's path, got one with a NUL byte")
            }
            self = .unix(path)
        } else if text.hasPrefix("tcp:") {
            self = try Address.tcp(parsing: text.dropFirst("tcp:".count))
        } else {
            throw AddressError(message: "expected unix:PATH or tcp:HOST:PORT, got \(text)")
        }
    }

    private static func tcp(parsing text: Substring) throws(AddressError) -> Address {
        guard let colon = text.lastIndex(of: ":") else {
            throw AddressError(message: "expected tcp:HOST:PORT, got no port")
        }
        var host = text[..<colon]
        let number = text[text.index(after: colon)...]
        guard let port = Int(number), (0...65535).contains(port), number.allSatisfy(\.isNumber) else {
            throw AddressError(message: "expected a port from 0 to 65535, got \(number)")
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw AddressError(message: "expected an IPv6 host in brackets, got \(host)")
        }
        guard !host.isEmpty else { throw AddressError(message: "expected tcp:HOST:PORT, got no host") }
        return .tcp(host: String(host), port: port)
    }

    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        }
    }
}

public struct AddressError: Error, Equatable, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}
