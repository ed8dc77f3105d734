import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

@Suite struct WhiteTests {
    /// FNV-1a over c(value, alpha) for all 256 × 256, as numpy computes the published
    /// `c * (a / 255) + (1 - a / 255) * 255` in float32 and truncates it.
    @Test func agreesWithThePublishedFormulaEverywhere() {
        var pixels: [UInt8] = []
        for value in 0...255 {
            for alpha in 0...255 { pixels += [UInt8(value), 7, UInt8(255 - value), UInt8(alpha)] }
        }
        let flat = Picture(width: 256, height: 256, layout: .rgba, pixels: pixels).overWhite()
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for i in 0..<65536 { hash = (hash ^ UInt64(flat.pixels[3 * i])) &* 0x100_0000_01B3 }
        #expect(hash == 0xF1B0_3880_D7A5_FA2A)
        #expect(flat.layout == .rgb)
    }

    @Test func rgbPassesUnchanged() {
        let picture = TestPicture.noise(9, 5)
        #expect(picture.overWhite() == picture)
        #expect(picture.opaque().overWhite() == picture)
    }

    @Test func missingPixelsAreWhite() {
        let picture = Picture(width: 2, height: 1, layout: .rgb, pixels: [1, 2, 3])
        #expect(picture.pixels == [1, 2, 3, 255, 255, 255])
    }
}
