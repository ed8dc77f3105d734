import AnimoConcurrency
import Foundation
import Glibc

/// Connects, says something, and hears the other end out: for servers that speak text.
package enum PlainSocket {
    package struct Failed: Error {
        package let code: Int32
    }

    /// Everything that comes from a port of this machine until the other end closes.
    package static func ask(port: Int, _ text: String = "") async throws -> String {
        try await runBlocking { try exchange(try connect(port: port), text) }
    }

    /// The same, from a Unix socket.
    package static func ask(path: String, _ text: String = "") async throws -> String {
        try await runBlocking { try exchange(try open(path: path), text) }
    }

    /// Connects and closes again. Blocks while the backlog is full.
    package static func connect(path: String) throws { close(try open(path: path)) }

    /// Ports that nobody listened on a moment ago.
    package static func freePorts(_ count: Int) throws -> [Int] {
        let descriptors = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        defer { for descriptor in descriptors { close(descriptor) } }
        return try descriptors.map { descriptor in
            var address = loopback(port: 0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
                }
            }
            guard status else { throw Failed(code: errno) }
            return Int(in_port_t(bigEndian: address.sin_port))
        }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        return address
    }

    private static func connect(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            defer { close(descriptor) }
            throw Failed(code: errno)
        }
        return descriptor
    }

    private static func open(path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            defer { close(descriptor) }
            throw Failed(code: errno)
        }
        return descriptor
    }

    private static func exchange(_ descriptor: Int32, _ text: String) throws -> String {
        defer { close(descriptor) }
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
