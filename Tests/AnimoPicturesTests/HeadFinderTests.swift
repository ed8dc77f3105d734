import AnimoMotion
import AnimoPictureTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoPictures

@Suite struct HeadFinderTests {
    /// A disc of a head on shoulders that reach the bottom, `inset` pixels from the sides.
    private func bust(_ width: Int, _ height: Int, left: Int, top: Int, headWidth: Int, clear: Bool) -> Picture {
        var picture = Picture(width: width, height: height, filledWith: (240, 240, 250))
        if clear {
            picture = Picture(
                width: width, height: height, layout: .rgba, pixels: [UInt8](repeating: 0, count: width * height * 4))
        }
        let n = picture.layout.channels
        for y in top..<height {
            for x in left..<(left + headWidth) {
                let place = (y * width + x) * n
                for (c, value) in [90, 60, 40, 255].prefix(n).enumerated() { picture.pixels[place + c] = UInt8(value) }
            }
        }
        return picture
    }

    @Test(arguments: [true, false])
    func findsWhatStandsOut(clear: Bool) throws {
        let picture = bust(400, 300, left: 150, top: 120, headWidth: 120, clear: clear)
        let box = try HeadFinder.square(in: picture)
        // 180 pixels high with 24/256 above: a side of 199; centred on x = 210, standing on the bottom.
        #expect(box == Box(x: 111, y: 101, width: 199, height: 199))
        let (prepared, transform) = try Preparation.prepare(picture, crop: .auto, side: 64, background: .white)
        #expect(prepared.width == 64)
        #expect(abs(transform.scaleX - 199.0 / 64) < 1e-9)
    }

    @Test func wideHairDecidesTheSide() throws {
        let box = try HeadFinder.square(in: bust(400, 300, left: 20, top: 200, headWidth: 340, clear: true))
        #expect(box == Box(x: -30, y: -140, width: 440, height: 440))
    }

    @Test(arguments: [UInt8(8), 9])
    func alphaUpToEightIsNothing(alpha: UInt8) throws {
        var picture = bust(100, 100, left: 40, top: 40, headWidth: 30, clear: true)
        for i in 0..<(100 * 20) { picture.pixels[4 * i + 3] = alpha }
        let box = try HeadFinder.square(in: picture)
        #expect((box.height > 90) == (alpha > 8))
    }

    @Test func noiseInThePlainBackgroundDoesNotMatter() throws {
        var picture = bust(400, 300, left: 150, top: 120, headWidth: 120, clear: false)
        let clean = try HeadFinder.square(in: picture)
        var random = SplitMix64(state: 3)
        for i in picture.pixels.indices where picture.pixels[i] > 200 {
            picture.pixels[i] = UInt8(Int(picture.pixels[i]) - Int.random(in: 0...5, using: &random))
        }
        #expect(try HeadFinder.square(in: picture) == clean)
    }

    @Test func refusesWhatHasNoHead() {
        for picture in [
            TestPicture.noise(80, 80), TestPicture.smooth(300, 200),
            Picture(width: 64, height: 64, filledWith: (9, 9, 9)), Picture(width: 1, height: 1, filledWith: (9, 9, 9)),
            Picture(width: 40, height: 40, layout: .rgba, pixels: [UInt8](repeating: 0, count: 6400)),
        ] {
            let error = #expect(throws: PictureError.self) { try HeadFinder.square(in: picture) }
            #expect(error?.code == .noHead)
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: 1...6)
    func theDemosHeadsStayAboutWhereTheyAre(number: Int) throws {
        let url = try #require(Fixtures.sharedURL("demo/samples/anime-\(number).png"))
        let box = try HeadFinder.square(in: PictureDecoder.decode([UInt8](Data(contentsOf: url))))
        #expect(abs(box.width - 256) <= 20)
        #expect(abs(box.x + box.width / 2 - 128) <= 1)
        #expect(box.y + box.height == 256)
    }
}
