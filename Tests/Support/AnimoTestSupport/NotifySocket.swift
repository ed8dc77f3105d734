import Foundation
import Glibc

/// A datagram socket that plays the service manager: `NOTIFY_SOCKET` for a daemon under test.
///
/// Every message is one datagram of `NAME=value` lines. A thread takes them out as they come, as systemd does: a
/// full socket would block the daemon.
package final class NotifySocket: Sendable {
    /// To be put into `NOTIFY_SOCKET`: a name in the abstract namespace, which leaves no file behind.
    package let address: String
    private let descriptor: Int32
    private let messages: AsyncStream<[String: String]>

    /// A failed call, by its name.
    package struct SystemError: Error {
        package let call: String
        package let code: Int32
    }

    /// Nothing came for minutes.
    package struct Silence: Error {}

    package init() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(call: "socket", code: errno) }
        let address = "@animod-test-\(UUID().uuidString)"
        var (target, length) = Self.name(address)
        let bound = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else {
            defer { close(descriptor) }
            throw SystemError(call: "bind", code: errno)
        }
        let (messages, continuation) = AsyncStream<[String: String]>.makeStream()
        (self.address, self.descriptor, self.messages) = (address, descriptor, messages)
        Thread.detachNewThread {
            while let message = Self.next(from: descriptor) { continuation.yield(message) }
            continuation.finish()
            close(descriptor)
        }
    }

    /// Ends the thread, which closes the socket.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The next message's assignments; waits for it.
    package func receive() async throws -> [String: String] {
        var iterator = messages.makeAsyncIterator()
        guard let message = await iterator.next() else { throw Silence() }
        return message
    }

    /// Receives until what was assigned so far passes `test`, and returns it; the last value of a name counts.
    package func receive(until test: ([String: String]) -> Bool) async throws -> [String: String] {
        var seen: [String: String] = [:]
        repeat {
            seen.merge(try await receive()) { $1 }
        } while !test(seen)
        return seen
    }

    /// Puts a message into the socket, as the daemon would.
    package func send(_ message: String) throws {
        var (target, length) = Self.name(address)
        let sent = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.utf8.count, 0, $0, length)
            }
        }
        guard sent >= 0 else { throw SystemError(call: "sendto", code: errno) }
    }

    /// Blocks until a message comes; nil when the socket was shut down, or after minutes of silence.
    private static func next(from descriptor: Int32) -> [String: String]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 300_000) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? assignments(String(decoding: buffer.prefix(count), as: UTF8.self)) : nil
    }

    /// An address of the abstract namespace: a zero byte takes the place of the `@`.
    private static func name(_ address: String) -> (sockaddr_un, socklen_t) {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { path in
            UnsafeMutableRawBufferPointer(rebasing: path.dropFirst()).copyBytes(from: address.utf8.dropFirst())
        }
        return (target, socklen_t(MemoryLayout<sa_family_t>.size + address.utf8.count))
    }

    private static func assignments(_ message: String) -> [String: String] {
        let pairs = message.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }) { $1 }
    }
}
