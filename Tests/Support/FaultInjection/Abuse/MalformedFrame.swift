import AnimoMotion
import AnimoWire
import NIOCore

/// Bytes that no honest client sends, of every kind we could think of.
package enum MalformedFrame: CaseIterable, Sendable {
    case anotherProtocol, unknownType, evenStream, reusedStream, dataOnNoStream, emptyRequest, noise, unknownMethod
    case wrongMessage, cutShort, tooLong, flippedBits

    /// - Parameter stream: an odd number; used where the kind does not choose its own.
    package func bytes(stream: UInt32, using random: inout some RandomNumberGenerator) -> [UInt8] {
        func noise(_ most: Int) -> [UInt8] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        }
        func framed(_ frame: Frame) -> [UInt8] {
            var bytes = ByteBuffer()
            frame.write(into: &bytes)
            return Array(bytes.readableBytesView)
        }
        func request(_ method: Method, _ payload: [UInt8]) -> Frame {
            .request(
                Wire.Request(service: method.service, method: method.name, payload: payload), stream: stream,
                flags: method.shape == .unary ? [] : .remoteOpen)
        }
        switch self {
        case .anotherProtocol: return [.random(in: 1...255, using: &random)] + noise(64)
        case .unknownType: return [0, 0, 0, 3, 0, 0, 0, 1, .random(in: 4...255, using: &random), 0, 1, 2, 3]
        case .evenStream:
            return framed(Frame(stream: stream &+ 1, kind: .request, body: ByteBuffer(bytes: noise(32))))
        case .reusedStream: return framed(request(.healthCheck, [])) + framed(request(.healthCheck, []))
        case .dataOnNoStream:
            return framed(Frame(stream: stream &+ 1000, kind: .data, body: ByteBuffer(bytes: noise(32))))
        case .emptyRequest: return framed(Frame(stream: stream, kind: .request))
        case .noise: return framed(Frame(stream: stream, kind: .request, body: ByteBuffer(bytes: noise(300))))
        case .unknownMethod:
            return framed(.request(Wire.Request(service: "nobody", method: "Nothing"), stream: stream))
        case .wrongMessage:
            // Neither what would stop the daemon nor what takes long on purpose.
            let methods: [Method] = [.describe, .putSource, .dropSource, .reenact, .editPose, .retarget, .animate]
            return framed(request(methods.randomElement(using: &random) ?? .reenact, noise(300)))
        case .cutShort: return Array(framed(request(.reenact, noise(300))).dropLast(5))
        case .tooLong: return [0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 1, 0] + noise(300)
        case .flippedBits:
            var bytes = framed(request(.describe, []))
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: 1..<bytes.count, using: &random)
                bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            return bytes
        }
    }
}

/// Sends so many malformed frames, over as many connections as it takes. Blocks.
///
/// - Parameter host: the loopback's address that they come from over TCP.
/// - Returns: connections that it took.
package func sendMalformedFrames(
    _ count: Int, to address: Address, from host: String? = nil, seed: UInt64
) throws -> Int {
    var random = SplitMix64(state: seed)
    var (sent, connections) = (0, 0)
    while sent < count {
        let socket = try RawSocket(address, from: host)
        connections += 1
        var stream: UInt32 = 1
        for _ in 0..<Int.random(in: 1...16, using: &random) where sent < count {
            let kind = MalformedFrame.allCases.randomElement(using: &random) ?? .noise
            sent += 1
            // The daemon hangs up at the second breach; the next connection goes on.
            if !socket.send(kind.bytes(stream: stream, using: &random)) { break }
            stream += 2
        }
    }
    return connections
}
