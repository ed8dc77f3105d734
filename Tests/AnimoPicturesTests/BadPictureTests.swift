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
        case "cmyk": return JPEGBuilder(blocks: [[[1, 2, 3, 4], [250, 9, 77, 200]]], adobe: 2).build()
        default:
            let exif = JPEGBuilder.exif(orientation: 6, littleEndian: true)
            return JPEGBuilder(blocks: [[[10], [20]], [[30], [40]]], segments: [exif]).build()
        }
    }

    static let kinds = ["png", "interlaced", "jpeg", "cmyk", "exif"]

    @Test(arguments: kinds)
    func everyTruncationIsRefused(kind: String) throws {
        let whole = try Self.small(kind)
        _ = try PictureDecoder.decode(whole)
        for count in 0..<whole.count {
            #expect(throws: PictureError.self, "\(count) of \(whole.count) bytes") {
                try PictureDecoder.decode(Array(whole.prefix(count)))
            }
        }
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
