import AnimoWire
import Foundation
import NIOCore

/// A client's socket without manners: blocking, bytes as they are. One thread at a time sends, one at a time receives.
package final class RawSocket: @unchecked Sendable {
    package struct Ended: Error {
        package init() {}
    }

    let descriptor: Int32
    private var reader = FrameReader(limit: Frame.largestBody)
    private var events: [FrameEvent] = []

    /// - Parameters:
    ///   - host: the loopback's address that it comes from over TCP, each of which is a peer of its own; nil for the
    ///     system's choice.
    ///   - buffers: bytes of the socket's buffers, of which the system takes its least when it is less.
    package init(_ address: Address, from host: String? = nil, buffers: Int32? = nil) throws {
        let target: SocketAddress
        let family: Int32
        switch address {
        case .unix(let path): (target, family) = (try SocketAddress(socketPath: path), AF_UNIX)
        case .tcp(let host, let port):
            target = try SocketAddress.makeAddressResolvingHost(host, port: port)
            family = target.protocol == .inet6 ? AF_INET6 : AF_INET
        }
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Ended() }
        if var buffers {
            let size = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffers, size)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffers, size)
        }
        // What throws from here on is closed by `deinit`.
        if let host, family == AF_INET {
            let own = try SocketAddress(ipAddress: host, port: 0)
            guard own.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else { throw Ended() }
        }
        guard target.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 else { throw Ended() }
    }

    deinit { close(descriptor) }

    @discardableResult
    package func send(_ frame: Frame) -> Bool {
        var bytes = ByteBuffer()
        frame.write(into: &bytes)
        return send(Array(bytes.readableBytesView))
    }

    /// Waits until the system has taken all; false when the other end no longer wants it.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// No more will be sent; what comes can still be read.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends what another thread waits for, sending or receiving.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Frames that have come, without waiting for more. Throws `Ended` when the other end has closed.
    func receiveAvailable(using bytes: inout [UInt8]) throws -> [Frame] {
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return [] }
        guard count > 0 else { throw Ended() }
        return try reader.receive(ByteBuffer(bytes: bytes.prefix(count))).compactMap {
            if case .frame(let frame) = $0 { frame } else { nil }
        }
    }

    /// The next frame, waiting for it. Throws `Ended` when the other end has closed.
    package func receive() throws -> Frame {
        while true {
            while !events.isEmpty { if case .frame(let frame) = events.removeFirst() { return frame } }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { throw Ended() }
            events = try reader.receive(ByteBuffer(bytes: bytes.prefix(count)))
        }
    }
}
