import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

/// A small file that asks for far more than it is worth.
struct PictureBomb: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// How it is refused; nil where the harmful part is stepped over and the tiny picture decodes.
    let expected: PictureError.Code?

    var testDescription: String { name }

    static let all = png + chunks + jpeg

    private static func header(_ name: String, _ width: Int, _ height: Int, _ depth: Int = 8, type: Int = 2)
        -> PictureBomb
    {
        var builder = PNGBuilder(width: width, height: height, depth: depth, colourType: type)
        if type == 3 { builder.chunks = [("PLTE", [0, 0, 0])] }
        let bytes =
            PNGBuilder.signature + builder.header + builder.chunks.flatMap { PNGBuilder.chunk($0.name, $0.body) }
            + PNGBuilder.chunk("IDAT", PNGBuilder.bomb(zeros: 1 << 20)) + PNGBuilder.chunk("IEND", [])
        return PictureBomb(name: name, bytes: bytes, expected: .tooLarge)
    }

    private static let png: [PictureBomb] = [
        header("30 000 × 30 000", 30_000, 30_000),
        header("64 megapixels of 16-bit RGBA", 8000, 8000, 16, type: 6),
        header("64 megapixels of one bit", 8000, 8000, 1, type: 0),
        header("a palette of 65 535 × 65 535", 65_535, 65_535, 1, type: 3),
        header("the widest PNG", 2_147_483_647, 1),
        header("the highest PNG", 1, 2_147_483_647),
        header("the largest PNG", 2_147_483_647, 2_147_483_647, 16, type: 6),
        header("one row too many", 1, 8193),
        header("16 megapixels and a row", 8192, 2049),
        {
            let b = header("no pixel at all", 0, 0)
            return PictureBomb(name: b.name, bytes: b.bytes, expected: .malformed)
        }(),
        {
            let b = header("more rows than data", 4096, 4096)
            return PictureBomb(name: b.name, bytes: b.bytes, expected: .malformed)
        }(),
    ]

    /// A picture of 2 × 2 with `extra` between header and pixels.
    private static func with(
        _ name: String, _ extra: [UInt8] = [], idat: [UInt8]? = nil, expected: PictureError.Code? = nil
    ) -> PictureBomb {
        let builder = PNGBuilder(width: 2, height: 2)
        let pixels = idat ?? PNGBuilder.chunk("IDAT", PNGBuilder.stored([UInt8](repeating: 0, count: 14)))
        return PictureBomb(
            name: name,
            bytes: PNGBuilder.signature + builder.header + extra + pixels + PNGBuilder.chunk("IEND", []),
            expected: expected)
    }

    private static func many(_ count: Int, _ chunk: [UInt8]) -> [UInt8] { (0..<count).flatMap { _ in chunk } }

    private static let hundredMegabytes = PNGBuilder.bomb(zeros: 100 << 20)

    private static let chunks: [PictureBomb] = [
        with("a profile of 100 MB", PNGBuilder.chunk("iCCP", Array("p\0\0".utf8) + hundredMegabytes)),
        with("a text of 100 MB", PNGBuilder.chunk("zTXt", Array("t\0\0".utf8) + hundredMegabytes)),
        with(
            "an international text of 100 MB",
            PNGBuilder.chunk("iTXt", Array("t\0\u{1}\0\0\0".utf8) + hundredMegabytes)),
        with("a suggested palette", PNGBuilder.chunk("sPLT", Array("s\0".utf8) + [8] + hundredMegabytes)),
        with("an unknown chunk", PNGBuilder.chunk("abCd", hundredMegabytes)),
        with("100 000 texts", many(100_000, PNGBuilder.chunk("tEXt", Array("a\0b".utf8)))),
        with("100 000 empty chunks", many(100_000, PNGBuilder.chunk("tIME", []))),
        with(
            "a palette too long", PNGBuilder.chunk("PLTE", [UInt8](repeating: 1, count: 3 << 16))),
        with("a chunk of 2 GB", PNGBuilder.chunk("tEXt", [1], length: 0x7FFF_FFFF), expected: .truncated),
        with("a chunk of 4 GB", PNGBuilder.chunk("tEXt", [1], length: 0xFFFF_FFFF), expected: .malformed),
        with("pixels of 100 MB", idat: PNGBuilder.chunk("IDAT", hundredMegabytes), expected: .malformed),
        {
            var builder = PNGBuilder(width: 2, height: 2, interlaced: true)
            builder.sample = { _, _, _ in 0 }
            let bytes =
                PNGBuilder.signature + builder.header + PNGBuilder.chunk("IDAT", hundredMegabytes)
                + PNGBuilder.chunk("IEND", [])
            return PictureBomb(name: "interlaced pixels of 100 MB", bytes: bytes, expected: .malformed)
        }(),
        with(
            "pixels of 2 GB", idat: PNGBuilder.chunk("IDAT", [1, 2], length: 0x7FFF_FFFF), expected: .truncated),
        with(
            "no pixels in 50 000 chunks", idat: many(50_000, PNGBuilder.chunk("IDAT", [])), expected: .truncated),
        with("two headers", PNGBuilder(width: 9999, height: 9999).header, expected: .malformed),
    ]

    private static func frame(
        _ name: String, _ expected: PictureError.Code, marker: UInt8 = 0xC2, _ width: Int, _ height: Int,
        components: Int = 3, bits: UInt8 = 8, sampling: UInt8 = 0x11, scans: Int = 1, before: [UInt8] = []
    ) -> PictureBomb {
        var bytes: [UInt8] = [0xFF, 0xD8] + before
        bytes += JPEGBuilder.segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        bytes += JPEGBuilder.frame(
            marker, width: width, height: height, components: components, bits: bits, sampling: sampling)
        bytes += JPEGBuilder.tables
        bytes += JPEGBuilder.scan(components: min(components, 4), to: 0, approximation: 1)
        for _ in 1..<max(scans, 2) {
            bytes += [0, 0] + JPEGBuilder.scan(components: min(components, 4), to: 0, approximation: 0x10)
        }
        return PictureBomb(name: name, bytes: bytes + [0, 0, 0xFF, 0xD9], expected: expected)
    }

    private static let jpeg: [PictureBomb] = [
        frame("a JPEG of 65 500 × 65 500", .tooLarge, 65_500, 65_500),
        frame("a JPEG of one row", .tooLarge, 65_500, 1),
        frame("a JPEG of 17 megapixels", .tooLarge, 8192, 2100),
        frame("1000 scans", .malformed, 64, 64, scans: 1000),
        frame("1000 scans over 16 megapixels", .malformed, 8192, 2048, scans: 1000),
        frame("20 000 scans", .malformed, 4096, 4096, components: 1, scans: 20_000),
        frame("no height", .unsupported, 64, 0),
        frame("12 bits", .unsupported, marker: 0xC1, 64, 64, bits: 12),
        frame("lossless", .unsupported, marker: 0xC3, 64, 64),
        frame("255 components", .malformed, 64, 64, components: 80),
        frame("factors out of range", .malformed, 64, 64, sampling: 0xFF),
        frame(
            "a million fill bytes", .malformed, 64, 64, before: [UInt8](repeating: 0xFF, count: 1 << 20)),
        frame(
            "500 comments of 64 KiB", .malformed, 64, 64,
            before: many(500, JPEGBuilder.segment(0xFE, [UInt8](repeating: 0, count: 65_000)))),
        frame(
            "an Exif directory of 65 535 entries", .malformed, 64, 64,
            before: JPEGBuilder.segment(
                0xE1,
                Array("Exif\0\0MM\0*\0\0\0".utf8) + [8, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 60_000))),
    ]
}
