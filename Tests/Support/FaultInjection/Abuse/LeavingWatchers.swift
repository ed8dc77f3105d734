import AnimoWire
import Foundation

/// Clients that ask to be told of every change of the health and hang up before they have read an answer, over and
/// over.
package final class LeavingWatchers: Sendable {
    private let campaign: Campaign

    /// - Parameters:
    ///   - connections: number of clients.
    ///   - watches: of each of them at once.
    ///   - host: the loopback's address that they come from over TCP.
    package init(connections: Int, watches: Int, at address: Address, from host: String? = nil) {
        campaign = Campaign(against: address, from: host)
        let request = Wire.Request(
            service: Method.healthWatch.service, method: Method.healthWatch.name,
            payload: Wire.HealthCheckRequest().encoded())
        let frames = (0..<watches).map { Frame.request(request, stream: UInt32(2 * $0 + 1), flags: .remoteClosed) }
        for _ in 0..<connections {
            campaign.start { socket in
                for frame in frames { socket.send(frame) }
                usleep(20_000)
            }
        }
    }

    /// Connections that have come and gone.
    package var departures: Int { campaign.rounds }

    /// Blocks until all have left.
    package func stop() { campaign.stop() }
}
