import AnimoWire
import Foundation
import Synchronization

/// Clients that take up room: silent ones, slow ones, half-open ones and ones that never read. Those the daemon hangs
/// up on are not replaced.
package final class IdleConnections: Sendable {
    package struct Size: Sendable, Equatable {
        package var silent: Int
        /// One byte of a request each second.
        package var slow: Int
        /// Half a frame, or a request after which the client's side is shut.
        package var halfOpen: Int
        /// As many requests as the daemon takes, and no answer is ever read.
        package var neverReading: Int

        package init(silent: Int, slow: Int, halfOpen: Int, neverReading: Int) {
            self.silent = silent
            self.slow = slow
            self.halfOpen = halfOpen
            self.neverReading = neverReading
        }

        package var total: Int { silent + slow + halfOpen + neverReading }
    }

    private let silent: [RawSocket]
    private let isOver = Mutex(false)

    /// Connects all and begins. Blocks while it connects.
    ///
    /// - Parameter host: the loopback's address that they come from over TCP.
    package init(_ size: Size, at address: Address, from host: String? = nil) throws {
        func connected(_ count: Int, buffers: Int32? = nil) throws -> [RawSocket] {
            try (0..<count).map { _ in try RawSocket(address, from: host, buffers: buffers) }
        }
        let describe = Wire.Request(service: Method.describe.service, method: Method.describe.name)
        let half: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 2, 3]
        let slow = try connected(size.slow)
        let halfOpen = try connected(size.halfOpen)
        let neverReading = try connected(size.neverReading, buffers: 1)
        for (index, socket) in halfOpen.enumerated() {
            if index % 2 == 0 {
                socket.send(half)
            } else {
                socket.send(.request(describe, stream: 1))
                socket.finishSending()
            }
        }
        // Each on a thread of its own: a send blocks once the daemon reads no further.
        for socket in neverReading {
            Thread.detachNewThread {
                var stream: UInt32 = 1
                while socket.send(.request(describe, stream: stream)) { stream += 2 }
            }
        }
        silent = try connected(size.silent) + halfOpen + neverReading
        Thread.detachNewThread { [self] in
            var byte = 0
            while !isOver.withLock({ $0 }) {
                for socket in slow { socket.send([half[min(byte, half.count - 1)]]) }
                byte += 1
                sleep(1)
            }
        }
    }

    /// Slow ones go on for a second at most; the rest hangs up when the crowd is let go.
    package func disperse() { isOver.withLock { $0 = true } }
}
