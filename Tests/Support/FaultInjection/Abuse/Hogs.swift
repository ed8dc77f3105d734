import AnimoWire
import Synchronization

/// Clients of one peer that take all it can have: connections that do nothing, sessions that are never opened, sources
/// that fill the cache, and live sessions with more work than there is time for.
package final class Hogs: Sendable {
    package struct Size: Sendable, Equatable {
        /// Connections without a call.
        package var idle: Int
        /// Sessions that say nothing, of one connection.
        package var unopened: Int
        /// Connections that put one source after another, each another picture of 512×512 pixels; every second one at
        /// the largest size that is rendered anew.
        package var putters: Int
        /// Live sessions, each with all the frames its window of 64 allows.
        package var live: Int

        package init(idle: Int, unopened: Int, putters: Int, live: Int) {
            self.idle = idle
            self.unopened = unopened
            self.putters = putters
            self.live = live
        }
    }

    private static let window: UInt64 = 64

    private let campaign: Campaign
    private let idle: Mutex<[RawSocket]>

    /// Blocks while the idle ones connect.
    ///
    /// - Parameter host: the loopback's address that they come from over TCP.
    package init(_ size: Size, at address: Address, from host: String? = nil) throws {
        campaign = Campaign(against: address, from: host)
        idle = Mutex(try (0..<size.idle).map { _ in try RawSocket(address, from: host) })
        let animate = Wire.Request(service: Method.animate.service, method: Method.animate.name)
        if size.unopened > 0 {
            campaign.start { socket in
                for place in 0..<size.unopened {
                    socket.send(.request(animate, stream: UInt32(2 * place + 1), flags: .remoteOpen))
                }
                for _ in 0..<size.unopened { _ = try socket.receive() }
            }
        }
        for putter in 0..<size.putters { campaign.start { try Self.put(by: putter, on: $0) } }
        for _ in 0..<size.live { campaign.start { try Self.live(on: $0, animate) } }
    }

    /// Blocks until all have left.
    package func stop() {
        campaign.stop()
        idle.withLock { $0 = [] }
    }

    private static func put(by putter: Int, on socket: RawSocket) throws {
        let side = 512
        var stream: UInt32 = 1
        while true {
            var pixels = [UInt8](repeating: UInt8(truncatingIfNeeded: putter), count: side * side * 3)
            for place in 0..<4 { pixels[place] = UInt8(truncatingIfNeeded: stream >> (8 * UInt32(place))) }
            let picture = Wire.Picture(format: .rgb8, data: pixels, width: UInt32(side), height: UInt32(side))
            let isLarge = !putter.isMultiple(of: 2)
            let request = Wire.PutSourceRequest(
                source: Wire.SourcePicture(
                    picture: picture, domain: .anime, size: isLarge ? 1024 : 0,
                    detail: isLarge ? .edit : .unspecified))
            socket.send(
                .request(
                    Wire.Request(
                        service: Method.putSource.service, method: Method.putSource.name, payload: request.encoded()),
                    stream: stream))
            _ = try socket.receive()
            stream += 2
        }
    }

    private static func live(on socket: RawSocket, _ animate: Wire.Request) throws {
        socket.send(.request(animate, stream: 1, flags: .remoteOpen))
        let open = Wire.AnimateOpen(
            source: Wire.Source(kind: .picture(GoodClients.source)), policy: .queue, window: UInt32(window))
        socket.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
        func send(_ seq: UInt64) {
            let frame = Wire.AnimateFrame(
                seq: seq, timeoutNano: 300_000_000_000, driver: GoodClients.driver(Float(seq % 100) / 100))
            socket.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: 1))
        }
        guard try socket.receive().kind == .data else { return }
        var seq: UInt64 = 0
        while seq < window {
            seq += 1
            send(seq)
        }
        while try socket.receive().kind == .data {
            seq += 1
            send(seq)
        }
    }
}
