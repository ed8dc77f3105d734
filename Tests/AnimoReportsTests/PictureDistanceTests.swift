import Testing

@testable import AnimoPictures
@testable import AnimoReports

/// How far one picture is from another.
struct PictureDistanceTests {
    private static func picture(_ value: (Int, Int, Int) -> Int) -> Picture {
        let pixels = (0..<16).flatMap { y in
            (0..<20).flatMap { x in (0..<3).map { UInt8(clamping: value(x, y, $0)) } }
        }
        return Picture(width: 20, height: 16, layout: .rgb, pixels: pixels)
    }

    private static let wave = picture { x, y, c in (x * 37 + y * 61 + c * 17) % 256 }

    @Test func aPictureIsItself() throws {
        let distance = try PictureDistance(Self.wave, Self.wave)
        #expect(distance.l1 == 0)
        #expect(distance.psnr == .infinity)
        #expect(abs(distance.ssim - 1) < 1e-12)
    }

    @Test func aStepIsMeasuredInDecibels() throws {
        let (dark, bright) = (Self.picture { _, _, _ in 51 }, Self.picture { _, _, _ in 102 })
        let distance = try PictureDistance(dark, bright)
        #expect(abs(distance.l1 - 0.2) < 1e-9)
        #expect(abs(distance.psnr - 13.9794) < 1e-3)
        // Without texture only the means differ: (2·0.08 + C₁) / (0.2² + 0.4² + C₁).
        #expect(abs(distance.ssim - (0.16 + 1e-4) / (0.2 + 1e-4)) < 1e-9)
    }

    @Test func noiseCostsSimilarity() throws {
        let noisy = Self.picture { x, y, c in (x * 37 + y * 61 + c * 17) % 256 + (x * 7 + y * 13) % 31 - 15 }
        let distance = try PictureDistance(Self.wave, noisy)
        #expect(distance.ssim < 1 && distance.ssim > 0.5)
        #expect(try PictureDistance(noisy, Self.wave).l1 == distance.l1)
    }

    @Test func otherSizesAreRefused() {
        let small = Picture(width: 8, height: 8, filledWith: (0, 0, 0))
        #expect(throws: PictureError.self) { try PictureDistance(Self.wave, small) }
        #expect(throws: PictureError.self) { try PictureDistance(small, small) }
    }
}
