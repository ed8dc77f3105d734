import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

@Suite struct JPEGKindTests {
    /// The first pixel of each 8 × 8 block.
    private func corners(_ picture: Picture) -> [[UInt8]] {
        stride(from: 0, to: picture.height, by: 8).flatMap { y in
            stride(from: 0, to: picture.width, by: 8).map { x in
                Array(picture.pixels[((y * picture.width + x) * 3)..<((y * picture.width + x) * 3 + 3)])
            }
        }
    }

    @Test func greyBecomesRGB() throws {
        let picture = try PictureDecoder.decode(JPEGBuilder(blocks: [[[10], [200]], [[128], [255]]]).build())
        #expect((picture.width, picture.height) == (16, 16))
        #expect(corners(picture) == [[10, 10, 10], [200, 200, 200], [128, 128, 128], [255, 255, 255]])
    }

    @Test func adobeMayStoreRGB() throws {
        let bytes = JPEGBuilder(blocks: [[[10, 90, 250], [200, 0, 7]]], adobe: 0).build()
        #expect(try corners(PictureDecoder.decode(bytes)) == [[10, 90, 250], [200, 0, 7]])
    }

    @Test func adobesInkIsInverted() throws {
        let bytes = JPEGBuilder(blocks: [[[255, 255, 255, 255], [255, 0, 0, 255], [200, 100, 50, 128]]], adobe: 0)
            .build()
        #expect(try corners(PictureDecoder.decode(bytes)) == [[255, 255, 255], [255, 0, 0], [100, 50, 25]])
    }

    @Test func plainInkIsNot() throws {
        let bytes = JPEGBuilder(blocks: [[[0, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]]]).build()
        #expect(try corners(PictureDecoder.decode(bytes)) == [[255, 255, 255], [255, 0, 0], [0, 0, 0]])
    }

    @Test func ycckBecomesRGB() throws {
        // Y'CbCr of the inverted ink, neutral chroma: grey times black.
        let bytes = JPEGBuilder(blocks: [[[255, 128, 128, 255], [100, 128, 128, 255]]], adobe: 2).build()
        let found = try corners(PictureDecoder.decode(bytes))
        #expect(found[0][0] <= 1 || found[0][0] == 255)
        #expect(Set(found[0]).count == 1 && Set(found[1]).count == 1)
        #expect(found[0][0] != found[1][0])
    }

    @Test(arguments: 1...8, [true, false])
    func turnsAsTheCameraWasHeld(orientation: Int, littleEndian: Bool) throws {
        let exif = JPEGBuilder.exif(orientation: orientation, littleEndian: littleEndian)
        let bytes = JPEGBuilder(blocks: [[[10], [20], [30]], [[40], [50], [60]]], segments: [exif]).build()
        let picture = try PictureDecoder.decode(bytes)
        let expected: [UInt8] = [
            [10, 20, 30, 40, 50, 60], [30, 20, 10, 60, 50, 40], [60, 50, 40, 30, 20, 10], [40, 50, 60, 10, 20, 30],
            [10, 40, 20, 50, 30, 60], [40, 10, 50, 20, 60, 30], [60, 30, 50, 20, 40, 10], [30, 60, 20, 50, 10, 40],
        ][orientation - 1]
        #expect(corners(picture).map { $0[0] } == expected)
        #expect((picture.width, picture.height) == (orientation >= 5 ? (16, 24) : (24, 16)))
        #expect(try PictureDecoder.size(of: bytes) == (picture.width, picture.height))
    }

    @Test func damagedExifIsIgnored() throws {
        let good = JPEGBuilder.exif(orientation: 6, littleEndian: true)
        for cut in 4..<good.count {
            let exif = JPEGBuilder.segment(0xE1, Array(good[4..<cut]))
            let picture = try PictureDecoder.decode(JPEGBuilder(blocks: [[[9], [8]]], segments: [exif]).build())
            #expect(picture.width * picture.height == 128)
        }
    }
}
