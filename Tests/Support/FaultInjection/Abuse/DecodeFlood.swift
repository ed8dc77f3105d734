import AnimoPictures
import AnimoWire
import Foundation

/// Many calls that bring a picture which is small to send and slow to decode, of clients that hang up without waiting
/// for an answer.
package struct DecodeFlood: Sendable {
    private let connections: Int
    private let calls: Int
    private let picture: [UInt8]

    /// - Parameters:
    ///   - calls: of each connection.
    ///   - height: of each picture, 8192 pixels wide; 2048 make some 50 KB to send and 50 MB to decode.
    package init(connections: Int, calls: Int, height: Int) throws {
        self.connections = connections
        self.calls = calls
        picture = try PictureEncoder.encode(Picture(width: 8192, height: height, filledWith: (0, 0, 0)), as: .png)
    }

    /// Number of calls in a flood.
    package var count: Int { connections * calls }

    /// Sends all calls, waits and hangs up. Blocks.
    ///
    /// - Parameters:
    ///   - seconds: between the last call and the end of the connections.
    ///   - host: the loopback's address that they come from over TCP.
    package func run(at address: Address, from host: String? = nil, leavingAfter seconds: Double) throws {
        var sockets: [RawSocket] = []
        for column in 0..<connections {
            let socket = try RawSocket(address, from: host)
            for row in 0..<calls { socket.send(call(row, column: column)) }
            sockets.append(socket)
        }
        Thread.sleep(forTimeInterval: seconds)
    }

    /// Each crops another box, so that none finds what another has put.
    private func call(_ row: Int, column: Int) -> Frame {
        let box = Wire.Box(x: Double(column), y: Double(row), width: 128, height: 128)
        let source = Wire.SourcePicture(
            picture: Wire.Picture(data: picture), domain: .anime, crop: Wire.Crop(mode: .box, box: box))
        return .request(
            Wire.Request(
                service: Method.putSource.service, method: Method.putSource.name,
                payload: Wire.PutSourceRequest(source: source).encoded()), stream: UInt32(2 * row + 1))
    }
}
