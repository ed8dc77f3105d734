import Foundation

/// Frames a second, as an exact fraction in lowest terms: 29.97 is 30000/1001, and nothing drifts.
package struct FrameRate: Sendable, Hashable, CustomStringConvertible {
    /// Frames.
    package let frames: Int
    /// Seconds in which they come.
    package let seconds: Int

    /// The largest number in a fraction that is read.
    private static let limit = Int(Int32.max)

    /// - Returns: nil where a number is not positive, or too large.
    package init?(_ frames: Int, _ seconds: Int) {
        guard frames > 0, seconds > 0, frames <= Self.limit, seconds <= Self.limit else { return nil }
        var (a, b) = (frames, seconds)
        while b != 0 { (a, b) = (b, a % b) }
        (self.frames, self.seconds) = (frames / a, seconds / a)
    }

    /// Creates one from a fraction in lowest terms; for literals.
    private init(exactly frames: Int, _ seconds: Int) { (self.frames, self.seconds) = (frames, seconds) }

    /// `30000/1001`, `30`, or a decimal; 23.976, 29.97 and 59.94 stand for their fractions over 1001.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let frames = Int(parts[0]), let seconds = Int(parts[1]) else { return nil }
            self.init(frames, seconds)
            return
        }
        if let whole = Int(text) {
            self.init(whole, 1)
            return
        }
        guard let value = Double(text), value.isFinite, value > 0, value <= 1e6 else { return nil }
        if let known = Self.standard.first(where: { $0.seconds == 1001 && abs($0.value - value) < 0.006 }) {
            self = known
            return
        }
        self.init(Int((value * 1000).rounded()), 1000)
    }

    /// 25 frames a second, where nothing says otherwise.
    package static let usual = FrameRate(exactly: 25, 1)

    /// 4 frames a second: enough to see how a head moves.
    package static let four = FrameRate(exactly: 4, 1)

    /// Rates that videos of variable rate are brought to.
    static let standard = [
        FrameRate(exactly: 10, 1), .init(exactly: 12, 1), .init(exactly: 15, 1), .init(exactly: 24000, 1001),
        .init(exactly: 24, 1), .init(exactly: 25, 1), .init(exactly: 30000, 1001), .init(exactly: 30, 1),
        .init(exactly: 48, 1), .init(exactly: 50, 1), .init(exactly: 60000, 1001), .init(exactly: 60, 1),
    ]

    /// Rate at which a video is read and rendered.
    ///
    /// The real rate where the average is within 0.2 % of it. Else the frames come at variable times, and the rate is
    /// the least standard one that is at least 0.995 of the average, at most 60.
    ///
    /// - Parameters:
    ///   - real: `r_frame_rate` as ffprobe gives it, such as `30000/1001`; `0/0` for unknown.
    ///   - average: `avg_frame_rate`.
    /// - Returns: nil where neither is usable.
    package static func choose(real: String, average: String) -> (rate: FrameRate, isVariable: Bool)? {
        let real = FrameRate(parsing: real)
        guard let average = FrameRate(parsing: average) else {
            guard let real, real.frames <= 240 * real.seconds else { return nil }
            return (real, false)
        }
        if let real {
            // |average / real − 1| ≤ 0.002, in whole numbers
            let (a, r) = (
                Int128(average.frames) * Int128(real.seconds), Int128(real.frames) * Int128(average.seconds)
            )
            if abs(a - r) * 1000 <= 2 * r { return (real, false) }
        }
        let chosen = standard.first { rate in
            Int128(rate.frames) * Int128(average.seconds) * 1000 >= Int128(average.frames) * Int128(rate.seconds) * 995
        }
        return (chosen ?? .init(exactly: 60, 1), true)
    }

    /// Frames a second.
    package var value: Double { Double(frames) / Double(seconds) }

    /// Seconds from the first frame to the frame of this number.
    package func time(of frame: Int) -> Double { Double(frame) * Double(seconds) / Double(frames) }

    /// Frames in so many seconds, rounded.
    package func frames(in duration: Double) -> Int {
        let count = (duration * value).rounded()
        return count.isFinite && count > 0 ? Int(min(count, 1e12)) : 0
    }

    /// `30000/1001`, as ffmpeg reads it.
    package var description: String { "\(frames)/\(seconds)" }

    /// For people: `29.97`, `25`.
    package var words: String {
        seconds == 1 ? "\(frames)" : String(format: "%.3f", value).trimmingSuffix("0").trimmingSuffix(".")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
