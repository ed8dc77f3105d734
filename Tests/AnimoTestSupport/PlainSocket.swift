import Foundation
import Glibc

/// Connects, says something, and hears the other end out: for servers that speak text.
public enum PlainSocket {
    public struct Failed: Error {
        public let code: Int32
    }

    /// Everything that comes until the other end closes.
    public static func ask(port: Int, _ text: String = "") async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own, so that Swift's pool is not blocked.
            Thread.detachNewThread { continuation.resume(with: Result { try exchange(port, text) }) }
        }
    }

    private static func exchange(_ port: Int, _ text: String) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failed(code: errno) }
        _ = text.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer.prefix(count)
        }
    }
}
