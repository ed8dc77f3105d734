import AnimoWire
import Foundation
import NIOCore
import Testing

/// The bytes that Protos/PROTOCOL.md shows are those that this package sends.
@Suite struct ProtocolDocumentTests {
    /// The bytes after an arrow in the document.
    static func bytes(after arrow: Character) throws -> [UInt8] {
        let url = GenerateTests.root.appending(path: "Protos/PROTOCOL.md")
        var bytes: [UInt8] = []
        var isOurs = false
        for line in try String(contentsOf: url, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.first == "→" || line.first == "←" { isOurs = line.first == arrow }
            if line.hasPrefix("```") { isOurs = false }
            if isOurs { bytes += line.split(separator: " ").compactMap { UInt8($0, radix: 16) } }
        }
        return bytes
    }

    static func bytes(of frame: Frame) -> [UInt8] {
        var output = ByteBuffer()
        frame.write(into: &output)
        return Array(output.readableBytesView)
    }

    @Test func theExampleIsOurs() throws {
        let request = Wire.Request(
            service: Method.healthCheck.service, method: Method.healthCheck.name, timeoutNano: 1_000_000_000)
        #expect(try Self.bytes(after: "→") == Self.bytes(of: .request(request, stream: 1)))
        let reply = Wire.HealthCheckResponse(status: .serving)
        #expect(try Self.bytes(after: "←") == Self.bytes(of: .reply(reply, stream: 1)))
    }
}
