import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

/// Colours of HDR as they arrive, against the published curves.
@Suite(.enabled(if: Command.find("ffmpeg") != nil && Command.find("ffprobe") != nil, "needs ffmpeg and ffprobe"))
struct HDRTests {
    typealias Colour = SIMD3<Double>

    /// Luminance in cd/m² to a signal of 0 … 1 (SMPTE ST 2084, inverse EOTF).
    private static func quantised(_ luminance: Double) -> Double {
        let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
        let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
        let power = pow(luminance / 10_000, m1)
        return pow((c1 + c2 * power) / (1 + c3 * power), m2)
    }

    /// Linear BT.2020 to linear BT.709 (ITU-R BT.2087).
    private static func converted(_ c: Colour) -> Colour {
        Colour(
            1.660491 * c.x - 0.587641 * c.y - 0.072850 * c.z, -0.124550 * c.x + 1.132900 * c.y - 0.008349 * c.z,
            -0.018151 * c.x - 0.100579 * c.y + 1.118730 * c.z)
    }

    /// Hable's filmic curve (Uncharted 2, GDC 2010).
    private static func filmic(_ x: Double) -> Double {
        (x * (x * 0.15 + 0.05) + 0.004) / (x * (x * 0.15 + 0.5) + 0.06) - 0.02 / 0.3
    }

    /// What a screen shows of light of that many cd/m²: 100 are white before the curve, 1000 after it.
    private static func shown(_ light: Colour) -> [Int] {
        var linear = converted(light / 100)
        let brightest = max(linear.max(), 1e-6)
        linear *= filmic(brightest) / filmic(10) / brightest
        // The display's own curve: BT.1886.
        return (0..<3).map { Int((pow(min(max(linear[$0], 0), 1), 1 / 2.4) * 255).rounded()) }
    }

    @Test func coloursAreThoseOfTheCurves() async throws {
        let folder = try TemporaryFolder()
        let tools = try await FFmpegTools.find()
        let patches: [Colour] = [
            Colour(1, 1, 1), Colour(10, 10, 10), Colour(50, 50, 50), Colour(100, 100, 100), Colour(203, 203, 203),
            Colour(600, 600, 600), Colour(100, 20, 20), Colour(20, 100, 20), Colour(20, 20, 100), Colour(150, 120, 90),
        ]
        // BT.2020, 10 bits of 64 … 940, 16 columns a patch.
        let (red, blue) = (0.2627, 0.0593)
        var planes: [[UInt16]] = [[], [], []]
        for patch in patches {
            let signal = (0..<3).map { Self.quantised(patch[$0]) }
            let luma = red * signal[0] + (1 - red - blue) * signal[1] + blue * signal[2]
            let (cb, cr) = ((signal[2] - luma) / (2 * (1 - blue)), (signal[0] - luma) / (2 * (1 - red)))
            for (plane, code) in [219 * luma + 16, 224 * cb + 128, 224 * cr + 128].enumerated() {
                planes[plane] += [UInt16](repeating: UInt16((code * 4).rounded()), count: 16)
            }
        }
        var bytes = Data()
        for plane in planes {
            for _ in 0..<16 { for code in plane { bytes += [UInt8(code & 0xff), UInt8(code >> 8)] } }
        }
        try bytes.write(to: URL(fileURLWithPath: folder.path("in.yuv")))
        let width = 16 * patches.count
        try await tools.run(
            [
                "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv444p10le", "-s", "\(width)x16", "-i",
                folder.path("in.yuv"), "-c:v", "libx264", "-qp", "0", "-color_primaries", "bt2020", "-color_trc",
                "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv", folder.path("in.mkv"),
            ], for: "the clip")
        let probe = try await tools.probe(folder.path("in.mkv"))
        try #require(probe.isHDR)
        let reader = try await VideoReader(
            try await tools.decoding(folder.path("in.mkv"), probe, at: .usual), tools)
        let frame = try #require(try await reader.next())
        for (index, patch) in patches.enumerated() {
            let place = (8 * width + 16 * index + 8) * 3
            for (found, wanted) in zip(frame[place..<place + 3], Self.shown(patch)) {
                #expect(abs(Int(found) - wanted) <= 3, "\(patch): \(frame[place..<place + 3])")
            }
        }
    }
}
