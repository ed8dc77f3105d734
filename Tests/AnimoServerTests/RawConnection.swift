import AnimoWire
import Foundation
import NIOCore

/// A socket without manners, for what the client library would never send. One task at a time uses it.
final class RawConnection: @unchecked Sendable {
    struct Ended: Error {}

    private let descriptor: Int32
    private var decoder = FrameDecoder(limit: Frame.largestBody)
    private var input = ByteBuffer()

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let address = try SocketAddress(unixDomainSocketPath: path)
        let status = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
        guard status == 0 else { throw Ended() }
    }

    deinit { close(descriptor) }

    func send(_ frame: Frame) {
        var bytes = ByteBuffer()
        frame.write(into: &bytes)
        send(Array(bytes.readableBytesView))
    }

    /// What the other end no longer wants is lost.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// The next frame. Throws `Ended` when the server has closed.
    func receive() async throws -> Frame {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own, so that Swift's pool is not blocked.
            Thread.detachNewThread { continuation.resume(with: Result { try self.blockingReceive() }) }
        }
    }

    /// Whether the server closes within so many milliseconds, while nothing is read.
    func isHungUp(within milliseconds: Int32) async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                // POLLRDHUP, which Glibc's module leaves out.
                var wanted = pollfd(fd: descriptor, events: 0x2000, revents: 0)
                continuation.resume(returning: poll(&wanted, 1, milliseconds) > 0)
            }
        }
    }

    /// Reads until the server closes.
    func waitForEnd() async {
        while (try? await receive()) != nil {}
    }

    private func blockingReceive() throws -> Frame {
        while true {
            if case .frame(let frame) = try decoder.next(from: &input) { return frame }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { throw Ended() }
            input.writeBytes(bytes.prefix(count))
        }
    }
}
