import AnimoPictureTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoPictures

@Suite struct PictureCodecTests {
    @Test(arguments: [(1, 1), (7, 3), (64, 64), (129, 31)], [Picture.Layout.rgb, .rgba])
    func pngKeepsEveryBit(size: (Int, Int), layout: Picture.Layout) throws {
        let picture = TestPicture.noise(size.0, size.1, layout)
        let bytes = try PictureEncoder.encode(picture, as: .png)
        #expect(try PictureDecoder.decode(bytes) == picture)
        #expect(try PictureDecoder.size(of: bytes) == size)
    }

    @Test(arguments: [50, 75, 90, 100])
    func jpegComesNear(quality: Int) throws {
        let picture = TestPicture.smooth(97, 51)
        let bytes = try PictureEncoder.encode(picture, as: .jpeg, quality: quality)
        let decoded = try PictureDecoder.decode(bytes, format: .jpeg)
        #expect((decoded.width, decoded.height, decoded.layout) == (97, 51, .rgb))
        #expect(try PictureDecoder.size(of: bytes) == (97, 51))
        let worst = zip(decoded.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= (quality >= 90 ? 6 : 24))
    }

    @Test func jpegOfAPictureWithAlphaIsOverWhite() throws {
        let clear = Picture(width: 8, height: 8, layout: .rgba, pixels: [UInt8](repeating: 0, count: 256))
        let decoded = try PictureDecoder.decode(PictureEncoder.encode(clear, as: .jpeg))
        #expect(decoded.pixels.allSatisfy { $0 >= 254 })
    }

    @Test(arguments: [0, 101, -1])
    func refusesAQualityOutOfRange(quality: Int) {
        #expect(throws: PictureError.self) {
            try PictureEncoder.encode(TestPicture.smooth(8, 8), as: .jpeg, quality: quality)
        }
    }

    @Test func rawPicturesHaveAStride() throws {
        let picture = TestPicture.noise(5, 4)
        var padded: [UInt8] = []
        for y in 0..<4 { padded += picture.pixels[(y * 15)..<(y * 15 + 15)] + [9, 9] }
        for bytes in [padded, Array(padded.dropLast(2))] {
            #expect(
                try PictureDecoder.decode(bytes, format: .rgb8, width: 5, height: 4, stride: 17) == picture)
        }
        #expect(try PictureDecoder.decode(picture.pixels, format: .rgb8, width: 5, height: 4) == picture)
        #expect(try PictureEncoder.encode(picture, as: .rgb8) == picture.pixels)
        let clear = try PictureEncoder.encode(picture, as: .rgba8)
        #expect(try PictureDecoder.decode(clear, format: .rgba8, width: 5, height: 4).overWhite() == picture)
    }

    @Test(arguments: [
        (0, 4, 0, 60), (5, 0, 0, 60), (-5, 4, 0, 60), (5, 4, 14, 60), (5, 4, -1, 60), (5, 4, 0, 59), (5, 4, 0, 61),
        (5, 4, .max, 60), (.max, .max, 0, 60), (8192, 4, .max / 2, 60), (5, 4, 17, 65), (5, 4, 17, 69),
    ])
    func refusesRawPicturesThatDoNotFit(width: Int, height: Int, stride: Int, count: Int) {
        #expect(throws: PictureError.self) {
            try PictureDecoder.decode(
                [UInt8](repeating: 0, count: count), format: .rgb8, width: width, height: height, stride: stride)
        }
    }

    @Test func saysWhatItExpected() {
        let jpeg = (try? PictureEncoder.encode(TestPicture.smooth(8, 8), as: .jpeg)) ?? []
        #expect(throws: PictureError(.malformed, "expected PNG, got JPEG")) {
            try PictureDecoder.decode(jpeg, format: .png)
        }
        #expect(throws: PictureError(.malformed, "the picture is empty")) { try PictureDecoder.decode([]) }
        #expect(throws: PictureError(.malformed, "expected PNG or JPEG, got 3 bytes that begin 61 62 63")) {
            try PictureDecoder.decode(Array("abc".utf8))
        }
    }

    @Test func trailingBytesDoNotMatter() throws {
        let picture = TestPicture.smooth(16, 16)
        for format in [PictureFormat.png, .jpeg] {
            let bytes = try PictureEncoder.encode(picture, as: format)
            #expect(try PictureDecoder.decode(bytes + [1, 2, 3, 0xFF, 0xD8]) == PictureDecoder.decode(bytes))
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsRealPictures() throws {
        for (name, width, height, layout) in [
            ("real/basis.png", 256, 256, Picture.Layout.rgba), ("real/photos/000002.jpg", 423, 594, .rgb),
            ("real/photos/000050.jpg", 294, 255, .rgb), ("real/photos/vd006.png", 321, 341, .rgb),
            ("real/vox_images/0000000.png", 256, 256, .rgb),
        ] {
            let url = try #require(Fixtures.url(name))
            let picture = try PictureDecoder.decode([UInt8](Data(contentsOf: url)))
            #expect((picture.width, picture.height, picture.layout) == (width, height, layout))
            #expect(Set(picture.pixels).count > 100)
        }
    }
}
