import AnimoWire
import NIOCore

/// Many sessions on one connection with the smallest buffers, whose client reads nothing until it has sent all that the
/// windows allow: a server that waits for its writes before it reads on stands still for ever.
package struct BothWays: Sendable {
    /// What came back.
    package struct Report: Sendable, Equatable {
        package var results = 0
        package var pictures = 0
        /// Results that were not the next of their session.
        package var outOfOrder = 0
    }

    private let streams: Int
    private let frames: Int
    private let window: Int

    /// - Parameter frames: of each stream.
    package init(streams: Int = 64, frames: Int, window: Int = 16) {
        self.streams = streams
        self.frames = frames
        self.window = window
    }

    /// Blocks.
    package func run(at address: Address) throws -> Report {
        let socket = try RawSocket(address, buffers: 1)
        let numbers = (0..<streams).map { UInt32(2 * $0 + 1) }
        let open = Wire.AnimateOpen(
            source: Wire.Source(kind: .picture(GoodClients.source)), policy: .queue, window: UInt32(window),
            options: Wire.DrawOptions(format: .rgb8))
        for stream in numbers {
            socket.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: Method.animate.name), stream: stream,
                    flags: .remoteOpen))
            socket.send(.data(Wire.AnimateInput(kind: .open(open)), stream: stream))
        }
        for _ in numbers { _ = try socket.receive() }
        var report = Report()
        var last: [UInt32: UInt64] = [:]
        var sent = 0
        while sent < frames {
            let round = min(window, frames - sent)
            for seq in sent + 1...sent + round {
                for stream in numbers {
                    let frame = Wire.AnimateFrame(
                        seq: UInt64(seq), timeoutNano: 600_000_000_000,
                        driver: GoodClients.driver(Float(seq % 100) / 100))
                    guard socket.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: stream)) else {
                        throw RawSocket.Ended()
                    }
                }
            }
            sent += round
            for _ in 0..<round * streams { try receive(from: socket, into: &report, &last) }
        }
        return report
    }

    private func receive(
        from socket: RawSocket, into report: inout Report, _ last: inout [UInt32: UInt64]
    ) throws {
        let frame = try socket.receive()
        guard case .result(let result) = try Wire.AnimateOutput(decoding: frame.body).kind else {
            throw RawSocket.Ended()
        }
        report.results += 1
        if result.outcome == .ok { report.pictures += 1 }
        if result.seq != last[frame.stream, default: 0] + 1 { report.outOfOrder += 1 }
        last[frame.stream] = result.seq
    }
}
