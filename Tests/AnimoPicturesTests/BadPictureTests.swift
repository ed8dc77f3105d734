import AnimoMotion
import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

/// Bytes from anybody: refused in words or decoded, never a trap, never memory for what a header merely claims.
@Suite struct BadPictureTests {
    @Test(arguments: PictureBomb.all)
    func bombsAreRefused(bomb: PictureBomb) {
        do {
            let picture = try PictureDecoder.decode(bomb.bytes)
            #expect(bomb.expected == nil, "decoded to \(picture.width)×\(picture.height)")
            #expect(picture.width * picture.height <= 64 * 64)
        } catch {
            #expect(error.code == bomb.expected, "\(error)")
            #expect(!error.message.isEmpty && error.message.count < 300)
        }
    }

    @Test func thereAreThirtyBombs() { #expect(PictureBomb.all.count >= 30) }

    static func small(_ kind: String) throws -> [UInt8] {
        switch kind {
        case "png": return try PictureEncoder.encode(TestPicture.noise(9, 7, .rgba), as: .png)
        case "interlaced":
            var builder = PNGBuilder(width: 9, height: 9, depth: 4, colourType: 3, interlaced: true)
            builder.chunks = [("PLTE", (0..<48).map { UInt8($0 * 5) }), ("tRNS", [1, 2, 3])]
            builder.sample = { x, y, _ in (x * y) % 16 }
            return builder.build()
        case "jpeg": return try PictureEncoder.encode(TestPicture.smooth(19, 17), as: .jpeg, quality: 80)
        case "text behind":
            let png = PNGBuilder(width: 5, height: 3).build()
            return png.dropLast(12) + PNGBuilder.chunk("tEXt", Array("a\0hello world".utf8)) + png.suffix(12)
        case "progressive":
            return JPEGBuilder(blocks: [[[10, 90, 250], [200, 0, 7]]], adobe: 0, progressive: true).build()
        case "separate":
            return JPEGBuilder(blocks: [[[10, 90, 250], [200, 0, 7]]], adobe: 0, separate: true).build()
        case "cmyk": return JPEGBuilder(blocks: [[[1, 2, 3, 4], [250, 9, 77, 200]]], adobe: 2).build()
        default:
            let exif = JPEGBuilder.exif(orientation: 6, littleEndian: true)
            return JPEGBuilder(blocks: [[[10], [20]], [[30], [40]]], segments: [exif]).build()
        }
    }

    static let kinds = ["png", "interlaced", "jpeg", "cmyk", "exif", "progressive", "separate", "text behind"]

    /// A truncated picture is decoded where only its end marker is missing, and rejected where a pixel could be.
    @Test(arguments: kinds)
    func everyTruncationIsRefusedOrDrawsTheSame(kind: String) throws {
        let whole = try Self.small(kind)
        let picture = try PictureDecoder.decode(whole)
        var drawn: [Int] = []
        for count in 0..<whole.count {
            do {
                let found = try PictureDecoder.decode(Array(whole.prefix(count)))
                #expect(found == picture, "\(count) of \(whole.count) bytes")
                drawn.append(count)
            } catch {
                #expect(error.code == .truncated || error.code == .malformed, "\(error)")
            }
        }
        let marks = whole.starts(with: PNGBuilder.signature) ? 12 : 2
        #expect(Set(drawn).isSuperset(of: (whole.count - marks)..<whole.count))
        #expect(drawn.count <= (kind == "text behind" ? 12 + 25 : marks + 2))
    }

    @Test func scansThatAreMissingAreNoMark() throws {
        for separate in [true, false] {
            let blocks = [[[10, 90, 250], [200, 0, 7]]]
            let builder = JPEGBuilder(blocks: blocks, adobe: 0, progressive: !separate, separate: separate)
            let whole = builder.build()
            for (index, scan) in builder.scans.enumerated() {
                let before = builder.scans.prefix(index).joined().count
                let start = whole.count - 2 - builder.scans.joined().count
                let error = #expect(throws: PictureError.self) {
                    try PictureDecoder.decode(Array(whole.prefix(start + before + (index == 0 ? 10 : 0))))
                }
                #expect(error?.code == .truncated, "before scan \(index) of \(scan.count) bytes")
            }
        }
    }

    @Test func damageOutsideThePixelsIsPassedOver() throws {
        var builder = PNGBuilder(width: 5, height: 3)
        builder.sample = { x, y, channel in 40 * x + 10 * y + channel }
        let picture = try PictureDecoder.decode(builder.build())
        func damaged(_ name: String, _ body: [UInt8]) -> [UInt8] {
            var chunk = PNGBuilder.chunk(name, body)
            chunk[chunk.count - 1] ^= 1
            let head = PNGBuilder.signature + builder.header
            return head + chunk + builder.build().dropFirst(head.count)
        }
        for (name, body) in [("iTXt", Array("XML\0\0\0\0\0x".utf8)), ("gAMA", PNGBuilder.big(45455)), ("abCd", [7])] {
            #expect(try PictureDecoder.decode(damaged(name, body)) == picture, "\(name)")
        }
        // A damaged orientation is not obeyed; damaged transparency and pixels are refused.
        #expect(
            try PictureDecoder.decode(
                damaged("eXIf", Array(JPEGBuilder.exif(orientation: 6, littleEndian: true).dropFirst(10)))) == picture)
        #expect(throws: PictureError.self) { try PictureDecoder.decode(damaged("tRNS", [0, 1, 0, 2, 0, 3])) }
        var pixels = builder.build()
        pixels[pixels.count - 13] ^= 1
        #expect(throws: PictureError.self) { try PictureDecoder.decode(pixels) }
    }

    @Test(arguments: kinds)
    func flippedBitsDoNoHarm(kind: String) throws {
        let whole = try Self.small(kind)
        var random = SplitMix64(state: 7)
        let limits = PictureLimits(pixels: 1 << 16, side: 4096)
        var refused = 0
        for _ in 0..<10_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            do {
                let picture = try PictureDecoder.decode(bytes, limits: limits)
                #expect(picture.pixels.count == picture.width * picture.height * picture.layout.channels)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 1000)
    }
}
