import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

/// Every colour type and depth that PNG has, each plain and interlaced.
@Suite struct PNGKindTests {
    static let kinds: [(type: Int, depth: Int)] =
        [1, 2, 4, 8, 16].map { (0, $0) } + [8, 16].map { (2, $0) } + [1, 2, 4, 8].map { (3, $0) }
        + [8, 16].map { (4, $0) } + [8, 16].map { (6, $0) }

    /// A sample of the full range.
    static func sample(_ x: Int, _ y: Int, _ channel: Int, depth: Int) -> Int {
        (x * 7 + y * 13 + channel * 5 + (depth == 16 ? (x * 4099 + y * 257) : 0)) % (1 << depth)
    }

    /// 8 bits of a sample: 16 rounded down to 8, fewer spread over the range.
    static func eight(_ sample: Int, depth: Int) -> UInt8 {
        depth == 16 ? UInt8((sample * 255 + 32895) >> 16) : UInt8(sample * 255 / ((1 << depth) - 1))
    }

    @Test(arguments: kinds, [false, true])
    func decodes(kind: (type: Int, depth: Int), interlaced: Bool) throws {
        let (width, height) = (13, 11)
        var builder = PNGBuilder(
            width: width, height: height, depth: kind.depth, colourType: kind.type, interlaced: interlaced)
        builder.sample = { Self.sample($0, $1, $2, depth: kind.depth) }
        let colours = 1 << min(kind.depth, 8)
        let palette = (0..<colours).map { index -> [UInt8] in
            [UInt8(index), UInt8(255 - index), UInt8(index ^ 85)]
        }
        if kind.type == 3 { builder.chunks = [("PLTE", palette.flatMap { $0 })] }
        let picture = try PictureDecoder.decode(builder.build())
        #expect(picture.layout == (kind.type >= 4 ? .rgba : .rgb))
        for y in 0..<height {
            for x in 0..<width {
                let s = (0..<4).map { Self.sample(x, y, $0, depth: kind.depth) }
                let e = s.map { Self.eight($0, depth: kind.depth) }
                let expected: [UInt8] =
                    switch kind.type {
                    case 0: [e[0], e[0], e[0]]
                    case 2: [e[0], e[1], e[2]]
                    case 3: palette[s[0]]
                    case 4: [e[0], e[0], e[0], e[1]]
                    default: e
                    }
                let place = (y * width + x) * picture.layout.channels
                #expect(Array(picture.pixels[place..<(place + expected.count)]) == expected, "at \(x), \(y)")
            }
        }
    }

    @Test(arguments: [(0, 8, [UInt8](arrayLiteral: 0, 20)), (2, 8, [0, 20, 0, 25, 0, 30])])
    func oneColourIsTransparent(type: Int, depth: Int, key: [UInt8]) throws {
        var builder = PNGBuilder(width: 6, height: 1, depth: depth, colourType: type)
        builder.chunks = [("tRNS", key)]
        builder.sample = { x, _, channel in x * 10 + channel * 5 }
        let picture = try PictureDecoder.decode(builder.build())
        #expect(picture.layout == .rgba)
        #expect((0..<6).map { picture.pixels[4 * $0 + 3] } == [255, 255, 0, 255, 255, 255])
    }

    @Test func palettesHaveAlpha() throws {
        var builder = PNGBuilder(width: 4, height: 1, depth: 2, colourType: 3)
        builder.chunks = [("PLTE", [10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42]), ("tRNS", [0, 100])]
        builder.sample = { x, _, _ in x }
        let picture = try PictureDecoder.decode(builder.build())
        #expect(picture.pixels == [10, 11, 12, 0, 20, 21, 22, 100, 30, 31, 32, 255, 40, 41, 42, 255])
    }

    @Test func gammaIsIgnored() throws {
        var builder = PNGBuilder(width: 3, height: 1)
        builder.sample = { x, _, channel in 50 * x + channel }
        let plain = try PictureDecoder.decode(builder.build())
        builder.chunks = [("gAMA", PNGBuilder.big(100_000)), ("sRGB", [0]), ("tEXt", Array("Comment\0hello".utf8))]
        #expect(try PictureDecoder.decode(builder.build()) == plain)
    }

    @Test(arguments: 1...8, [true, false])
    func turnsAsTheCameraWasHeld(orientation: Int, behindThePixels: Bool) throws {
        let exif = Array(JPEGBuilder.exif(orientation: orientation, littleEndian: false).dropFirst(10))
        var builder = PNGBuilder(width: 3, height: 2)
        builder.sample = { x, y, _ in 10 * (1 + x + 3 * y) }
        if !behindThePixels { builder.chunks = [("eXIf", exif)] }
        var bytes = builder.build()
        if behindThePixels { bytes.insert(contentsOf: PNGBuilder.chunk("eXIf", exif), at: bytes.count - 12) }
        let picture = try PictureDecoder.decode(bytes)
        let expected: [UInt8] = [
            [10, 20, 30, 40, 50, 60], [30, 20, 10, 60, 50, 40], [60, 50, 40, 30, 20, 10], [40, 50, 60, 10, 20, 30],
            [10, 40, 20, 50, 30, 60], [40, 10, 50, 20, 60, 30], [60, 30, 50, 20, 40, 10], [30, 60, 20, 50, 10, 40],
        ][orientation - 1]
        #expect(stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] } == expected)
        #expect((picture.width, picture.height) == (orientation >= 5 ? (2, 3) : (3, 2)))
        #expect(try PictureDecoder.size(of: bytes) == (picture.width, picture.height))
    }
}
