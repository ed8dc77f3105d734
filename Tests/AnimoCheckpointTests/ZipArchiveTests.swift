import AnimoTestSupport
import Testing

@testable import AnimoCheckpoint

@Suite struct ZipArchiveTests {
    static let text = Array("The same bytes over and over, over and over, over and over.".utf8)

    static func archive(_ change: (inout ZipBuilder.Member) -> Void = { _ in }) -> [UInt8] {
        var member = ZipBuilder.Member("packed.txt", text, isDeflated: true)
        change(&member)
        return ZipBuilder([ZipBuilder.Member("plain.txt", text), member]).archive
    }

    static func contents(_ name: String, of bytes: [UInt8], limit: Int = 1 << 16) throws(CheckpointError) -> [UInt8]? {
        try ZipArchive(FileBytes(bytes)).contents(of: name, limit: limit)?.withUnsafeBytes { Array($0) }
    }

    @Test("Stored and deflated members are read, whatever comes before the first one", arguments: [0, 2, 70_000])
    func members(padding: Int) throws {
        var builder = ZipBuilder([.init("plain.txt", Self.text), .init("packed.txt", Self.text, isDeflated: true)])
        builder.padding = [UInt8](repeating: 0, count: padding)
        // Places are counted from the first byte of the file.
        let bytes = builder.archive
        #expect(try ZipArchive(FileBytes(bytes)).names.sorted() == ["packed.txt", "plain.txt"])
        for name in ["packed.txt", "plain.txt"] { #expect(try Self.contents(name, of: bytes) == Self.text) }
        #expect(try Self.contents("absent", of: bytes) == nil)
    }

    @Test("A member longer than one buffer is unpacked whole")
    func long() throws {
        let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7 ^ $0) }
        let bytes = ZipBuilder([.init("long", long, isDeflated: true)]).archive
        #expect(try Self.contents("long", of: bytes, limit: 200_000) == long)
        let error = #expect(throws: CheckpointError.self) { try Self.contents("long", of: bytes, limit: 199_999) }
        #expect(error?.code == .tooLarge && error?.message.contains("long: expected at most 199999 bytes") == true)
    }

    @Test("A member that is not what the directory says is refused, and named")
    func faults() {
        let faults: [((inout ZipBuilder.Member) -> Void, String)] = [
            ({ $0.flags = 1 }, "encryption"), ({ $0.method = 12 }, "method 12"),
            ({ $0.claimedChecksum = 7 }, "checksum"),
            ({ $0.claimedSize = $0.bytes.count - 1 }, "more than the 58 bytes"),
            ({ $0.claimedSize = $0.bytes.count + 1 }, "expected 60 bytes"),
            ({ ($0.isDeflated, $0.method) = (false, 8) }, "damaged or cut short"),
            ({ $0.claimedSize = 1 << 20 }, "expected at most 65536 bytes"),
        ]
        for (change, words) in faults {
            let error = #expect(throws: CheckpointError.self) {
                try Self.contents("packed.txt", of: Self.archive(change))
            }
            #expect(error?.message.contains("packed.txt: ") == true && error?.message.contains(words) == true)
        }
    }

    @Test("A bomb is stopped at the size its directory claims")
    func bomb() {
        let bomb = [UInt8](repeating: 0, count: 8 << 20)
        let bytes = Self.archive { ($0.bytes, $0.claimedSize) = (bomb, 100) }
        let error = #expect(throws: CheckpointError.self) { try Self.contents("packed.txt", of: bytes) }
        #expect(error?.message.contains("more than the 100 bytes") == true)
    }

    @Test("Cut anywhere it is refused; with any bit turned over it is refused or gives the same bytes")
    func damage() throws {
        let bytes = Self.archive()
        for end in bytes.indices {
            #expect(throws: CheckpointError.self) { try ZipArchive(FileBytes(Array(bytes[..<end]))) }
        }
        for place in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[place] ^= 1 << UInt8(bit)
                guard let archive = try? ZipArchive(FileBytes(flipped)) else { continue }
                for name in archive.names {
                    let contents = try? archive.contents(of: name, limit: 1 << 16)
                    #expect(contents.map { $0.withUnsafeBytes { Array($0) } } ?? Self.text == Self.text)
                }
            }
        }
    }
}
