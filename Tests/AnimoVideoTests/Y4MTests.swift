import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures
@testable import AnimoVideo

@Suite struct Y4MTests {
    @Test(arguments: [ChromaSampling.full, .half, .halfWidth, .mono], [1, 1000])
    func whatIsWrittenIsRead(sampling: ChromaSampling, pieces: Int) throws {
        var pictures = [TestPicture.smooth(33, 21), Picture(width: 33, height: 21, filledWith: (255, 255, 255))]
        if sampling != .mono { pictures.append(Picture(width: 33, height: 21, filledWith: (200, 10, 90))) }
        let writer = try Y4MWriter(width: 33, height: 21, rate: (30000, 1001), sampling: sampling)
        let stream = try writer.header() + pictures.flatMap { try writer.frame($0) }
        var reader = Y4MReader()
        var found: [Picture] = []
        for start in stride(from: 0, to: stream.count, by: pieces) {
            reader.append(Array(stream[start..<min(start + pieces, stream.count)]))
            while let picture = try reader.next() { found.append(picture) }
        }
        #expect(try reader.finish() == nil)
        #expect(reader.header?.rate?.frames == 30000 && reader.header?.sampling == sampling)
        #expect(found.count == pictures.count)
        for (picture, original) in zip(found, pictures) {
            let expected = sampling == .mono ? Self.grey(original) : original
            let worst = zip(picture.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(worst <= (sampling == .full || sampling == .mono ? 3 : 9))
        }
    }

    /// Frames before are whole whatever comes behind them; a header of the same kind may come again.
    @Test func whatComesBehindFramesIsTold() throws {
        let writer = try Y4MWriter(width: 6, height: 4, rate: (25, 1))
        let frame = try writer.frame(TestPicture.smooth(6, 4))
        let other = try Y4MWriter(width: 6, height: 4, rate: (50, 1)).header()
        for (behind, count, message) in [
            (Array("\n".utf8), 2, "y4m: expected FRAME behind frame 2, got an empty line"),
            (Array("junk \n".utf8), 2, "y4m: expected FRAME behind frame 2, got 5 other bytes"),
            (other + frame, 3, nil), (other + other + frame + frame, 4, nil),
            (
                try Y4MWriter(width: 8, height: 4, rate: (25, 1)).header(), 2,
                "y4m: a second header, behind frame 2, differs from the first in size or colour"
            ),
        ] as [([UInt8], Int, String?)] {
            var reader = Y4MReader()
            reader.append(writer.header() + frame + frame + behind)
            var found = 0
            do throws(PictureError) {
                while try reader.next() != nil { found += 1 }
                #expect(try reader.finish() == nil && message == nil)
            } catch {
                #expect(error.message == message)
            }
            #expect(found == count)
        }
    }

    private static func grey(_ picture: Picture) -> Picture {
        var grey = picture
        for i in 0..<(picture.width * picture.height) {
            let rgb = (0..<3).map { Double(picture.pixels[3 * i + $0]) }
            for c in 0..<3 { grey.pixels[3 * i + c] = UInt8(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] + 0.5) }
        }
        return grey
    }

    /// BT.601's own corners: white, black, and the primaries.
    @Test(arguments: [
        ([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]), ([255, 0, 0], [81, 90, 240]),
        ([0, 255, 0], [145, 54, 34]), ([0, 0, 255], [41, 240, 110]),
    ])
    func coloursAreThoseOfTheStandard(rgb: [UInt8], yuv: [UInt8]) {
        let picture = Picture(width: 2, height: 2, filledWith: (rgb[0], rgb[1], rgb[2]))
        let planes = YUV(fullRange: false).planes(of: picture, .half)
        #expect(Array(planes.suffix(3)) == yuv)
        let back = YUV(fullRange: false).picture(from: planes, width: 2, height: 2, .half)
        #expect(zip(back.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
        let full = YUV(fullRange: true)
        let again = full.picture(from: full.planes(of: picture, .full), width: 2, height: 2, .full)
        #expect(zip(again.pixels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test(arguments: [
        "YUV4MPEG2 W0 H4\n", "YUV4MPEG2 W4\n", "YUV4MPEG2 W99999 H99999\n", "YUV4MPEG2 W4 H4 C420p10\n", "RIFF\n",
        "YUV4MPEG2 W4 H4 C444\nFRAM\n", String(repeating: "x", count: 5000),
    ])
    func otherStreamsAreRefused(start: String) {
        var reader = Y4MReader()
        reader.append(Array(start.utf8))
        #expect(throws: PictureError.self) { while try reader.next() != nil {} }
    }

    @Test(arguments: [
        (25.0, 25, 1), (29.97, 30000, 1001), (23.976, 24000, 1001), (12.5, 12500, 1000), (0.5, 500, 1000),
    ])
    func ratesAreFractions(rate: Double, frames: Int, seconds: Int) throws {
        let fraction = try #require(Y4MWriter.fraction(of: rate))
        #expect((fraction.frames, fraction.seconds) == (frames, seconds))
    }
}
