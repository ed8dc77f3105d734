import AnimoWire
import Foundation

/// Clients that send all of a large frame but its last byte, wait to be cut off and come back.
package final class HalfFrames: Sendable {
    private let campaign: Campaign

    /// - Parameters:
    ///   - connections: number of clients.
    ///   - frameBytes: of each frame's body.
    ///   - host: the loopback's address that they come from over TCP.
    package init(connections: Int, frameBytes: Int, at address: Address, from host: String? = nil) {
        campaign = Campaign(against: address, from: host)
        let length = UInt32(frameBytes)
        let header = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + [0, 0, 0, 1, 1, 0]
        let bytes = header + [UInt8](repeating: 0, count: max(0, frameBytes - 1))
        for _ in 0..<connections {
            campaign.start { socket in
                socket.send(bytes)
                while true { _ = try socket.receive() }
            }
        }
    }

    /// Connections that the server has cut off.
    package var cutOff: Int { campaign.rounds }

    /// Blocks until all have left.
    package func stop() { campaign.stop() }
}
