import AnimoMotion
import AnimoWire
import NIOCore
import Testing

@Suite struct FrameTests {
    static let frame = Frame(stream: 0x0102_0304, kind: .data, flags: [.remoteClosed], body: ByteBuffer(bytes: [7, 8]))
    static let bytes: [UInt8] = [0, 0, 0, 2, 1, 2, 3, 4, 3, 1, 7, 8]

    static func events(_ chunks: [[UInt8]], limit: Int = 100) throws -> (events: [FrameEvent], inside: Bool) {
        var decoder = FrameDecoder(limit: limit)
        var buffer = ByteBuffer()
        var events: [FrameEvent] = []
        for chunk in chunks {
            buffer.writeBytes(chunk)
            while let event = try decoder.next(from: &buffer) { events.append(event) }
        }
        return (events, decoder.isInsideFrame(rest: buffer))
    }

    @Test func hasTheHeaderOfTtrpc() {
        var output = ByteBuffer()
        Self.frame.write(into: &output)
        #expect(Array(output.readableBytesView) == Self.bytes)
    }

    @Test func comesBackHoweverItIsCut() throws {
        for cut in 0...Self.bytes.count {
            let result = try Self.events([Array(Self.bytes[..<cut]), Array(Self.bytes[cut...])])
            #expect(result.events == [.frame(Self.frame)])
            #expect(!result.inside)
        }
        let single = try Self.events((Self.bytes + Self.bytes).map { [$0] })
        #expect(single.events == [.frame(Self.frame), .frame(Self.frame)])
    }

    @Test func knowsThatMoreIsNeeded() throws {
        for cut in 1..<Self.bytes.count {
            let result = try Self.events([Array(Self.bytes[..<cut])])
            #expect(result.events.isEmpty)
            #expect(result.inside)
        }
    }

    @Test func aLongFrameIsToldAtItsHeaderAndNeverKept() throws {
        var decoder = FrameDecoder(limit: 100)
        var buffer = ByteBuffer(bytes: [0, 0, 0, 101, 0, 0, 0, 5, 1, 0])
        #expect(try decoder.next(from: &buffer) == .tooLong(stream: 5, kind: .request, length: 101))
        for _ in 0..<101 {
            #expect(decoder.isInsideFrame(rest: buffer))
            buffer.writeBytes([UInt8(9)])
            #expect(try decoder.next(from: &buffer) == nil)
            #expect(buffer.readableBytes == 0)
        }
        #expect(!decoder.isInsideFrame(rest: buffer))
        buffer.writeBytes(Self.bytes)
        #expect(try decoder.next(from: &buffer) == .frame(Self.frame))
    }

    @Test func theLimitItselfIsFine() throws {
        let body = [UInt8](repeating: 1, count: 100)
        let result = try Self.events([[0, 0, 0, 100, 0, 0, 0, 1, 2, 0] + body])
        #expect(result.events == [.frame(Frame(stream: 1, kind: .response, body: ByteBuffer(bytes: body)))])
    }

    @Test(arguments: [0, 4, 255] as [UInt8])
    func unknownTypesAreSkipped(type: UInt8) throws {
        let unknown: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 1, type, 0, 1, 2, 3]
        let result = try Self.events([unknown + Self.bytes])
        #expect(result.events == [.skipped(kind: type), .frame(Self.frame)])
        let long: [UInt8] = [0, 0, 1, 0, 0, 0, 0, 1, type, 0] + [UInt8](repeating: 0, count: 256)
        #expect(try Self.events([long + Self.bytes]).events == [.skipped(kind: type), .frame(Self.frame)])
    }

    @Test(arguments: [0x16, 0x47, 0x01, 0xFF] as [UInt8])
    func otherProtocolsAreKnownByTheirFirstByte(byte: UInt8) {
        #expect(throws: FrameError.notThisProtocol(firstByte: byte)) { try Self.events([[byte]]) }
        #expect(throws: FrameError.notThisProtocol(firstByte: byte)) { try Self.events([Self.bytes, [byte, 0]]) }
    }

    @Test func randomBytesCutAnywhereGiveTheSameEvents() throws {
        var random = SplitMix64(state: 2)
        for _ in 0..<500 {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let length = UInt8.random(in: 0...130, using: &random)
                stream += [0, 0, 0, length, 0, 0, 0, UInt8.random(in: 0...9, using: &random)]
                stream += [UInt8.random(in: 0...4, using: &random), UInt8.random(in: 0...7, using: &random)]
                stream += (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            var chunks: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...40, using: &random)
                chunks.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try Self.events(chunks).events == Self.events([stream]).events)
        }
    }
}
