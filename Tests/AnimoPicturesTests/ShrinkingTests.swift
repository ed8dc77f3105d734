import AnimoPictureTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoPictures

/// Pictures beyond the limits, shrunk while they are decoded.
@Suite struct ShrinkingTests {
    private static let limits = PictureLimits(pixels: 5000, side: 90)

    private func worst(_ picture: Picture, _ expected: Picture) -> Int {
        zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    }

    @Test(arguments: [PictureFormat.png, .jpeg], [(200, 120), (91, 10), (90, 55), (37, 400), (89, 90)])
    func becomesWhatTheLimitsAllow(format: PictureFormat, size: (width: Int, height: Int)) throws {
        let whole = TestPicture.smooth(size.width, size.height)
        let bytes = try PictureEncoder.encode(whole, as: format, quality: 100)
        let (picture, width, height) = try PictureDecoder.decode(bytes, shrinkingInto: Self.limits)
        #expect((width, height) == size)
        #expect(max(picture.width, picture.height) <= 90 && picture.width * picture.height <= 5000)
        let ratio = Double(size.width) / Double(picture.width)
        #expect(ratio <= 8 && abs(ratio - Double(size.height) / Double(picture.height)) < 0.35 * ratio)
        // The whole picture by area averaging.
        let columns = AxisPlan(count: picture.width, offset: 0, scale: ratio, visible: 0...Double(size.width))
        let tall = Double(size.height) / Double(picture.height)
        let rows = AxisPlan(count: picture.height, offset: 0, scale: tall, visible: 0...Double(size.height))
        #expect(worst(picture, whole.resampled(columns: columns, rows: rows, background: nil)) <= 14)
    }

    @Test(arguments: [PictureFormat.png, .jpeg])
    func whatFitsIsAsItWas(format: PictureFormat) throws {
        let bytes = try PictureEncoder.encode(TestPicture.noise(70, 60), as: format)
        #expect(try PictureDecoder.decode(bytes, shrinkingInto: Self.limits).picture == PictureDecoder.decode(bytes))
    }

    @Test(arguments: [PictureFormat.png, .jpeg])
    func isShrunkNoFurtherThanAsked(format: PictureFormat) throws {
        let bytes = try PictureEncoder.encode(TestPicture.smooth(800, 640), as: format)
        let all = PictureLimits()
        #expect(try PictureDecoder.decode(bytes, shrinkingInto: all).picture.width == 800)
        for side in [90, 100, 101, 399, 401, 900] {
            let width = try PictureDecoder.decode(bytes, shrinkingInto: all, longestSide: side).picture.width
            #expect(width >= min(side, 800) && width <= max(2 * side, 100), "\(side): \(width)")
        }
    }

    @Test func meansCountColoursByTheirAlpha() throws {
        var builder = PNGBuilder(width: 5, height: 2, colourType: 6)
        let pixels: [[[Int]]] = [
            [[200, 10, 0, 255], [100, 30, 0, 255], [9, 9, 9, 0], [50, 60, 70, 128], [1, 2, 3, 255]],
            [[200, 10, 0, 255], [100, 30, 0, 255], [9, 9, 9, 0], [9, 9, 9, 0], [5, 6, 7, 255]],
        ]
        builder.sample = { x, y, channel in pixels[y][x][channel] }
        let limits = PictureLimits(pixels: 3, side: 3)
        let picture = try PictureDecoder.decode(builder.build(), shrinkingInto: limits).picture
        #expect((picture.width, picture.height, picture.layout) == (3, 1, .rgba))
        #expect(picture.pixels == [150, 20, 0, 255, 50, 60, 70, 32, 3, 4, 5, 255])
    }

    @Test func isTurnedAfterwards() throws {
        let exif = JPEGBuilder.exif(orientation: 6, littleEndian: true)
        let blocks = (0..<2).map { y in (0..<40).map { x in [[40 + 100 * y + x]][0] } }
        let bytes = JPEGBuilder(blocks: blocks, segments: [exif]).build()
        let (picture, width, height) = try PictureDecoder.decode(bytes, shrinkingInto: Self.limits)
        #expect((width, height) == (16, 320))
        #expect(picture.height > picture.width && picture.height <= 90)
    }

    @Test func whatCannotBeShrunkIsRefused() throws {
        let interlaced = PNGBuilder(width: 200, height: 120, interlaced: true).build()
        let error = #expect(throws: PictureError.self) {
            try PictureDecoder.decode(interlaced, shrinkingInto: Self.limits)
        }
        #expect(error?.code == .tooLarge)
        for (width, height) in [(60_000, 60_000), (2_000_000_000, 1)] {
            let builder = PNGBuilder(width: width, height: height)
            let huge = PNGBuilder.signature + builder.header + PNGBuilder.chunk("IDAT", PNGBuilder.bomb(zeros: 1000))
            let error = #expect(throws: PictureError.self) {
                try PictureDecoder.decode(huge, shrinkingInto: Self.limits)
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test(.enabled(if: Fixtures.url("field") != nil, "needs ../shared/fixtures/field"))
    func photographsOfTelephonesAreRead() throws {
        let file = try #require(Fixtures.url("field/48mp-smooth.jpg"))
        let limits = PictureLimits()
        let (picture, width, height) = try PictureDecoder.decode([UInt8](Data(contentsOf: file)), shrinkingInto: limits)
        #expect((width, height) == (8064, 6048))
        #expect(picture.width * picture.height <= limits.pixels && picture.width >= 4032)
    }
}
