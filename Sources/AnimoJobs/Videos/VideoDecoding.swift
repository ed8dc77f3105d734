/// Decoding of a video to raw frames of one size, at one rate.
package struct VideoDecoding: Sendable, Equatable {
    /// The longer side of the frames that are read, at most.
    package static let longestSide = 1280

    /// The file.
    package var file: String
    /// Facts about the video.
    package var probe: VideoProbe
    /// Frames a second.
    package var rate: FrameRate
    /// Second to begin at; nil for the file's beginning.
    package var from: Double?
    /// Second to end at; nil for the file's end.
    package var to: Double?

    /// Creates one from its fields.
    package init(file: String, probe: VideoProbe, rate: FrameRate, from: Double? = nil, to: Double? = nil) {
        (self.file, self.probe, self.rate, self.from, self.to) = (file, probe, rate, from, to)
    }

    /// Size of the frames.
    package var size: (width: Int, height: Int) {
        let longer = max(probe.width, probe.height)
        guard longer > Self.longestSide else { return (probe.width, probe.height) }
        func shrunk(_ side: Int) -> Int {
            max(1, Int((Double(side) * Double(Self.longestSide) / Double(longer)).rounded()))
        }
        return (shrunk(probe.width), shrunk(probe.height))
    }

    /// Bytes of a pixel: 4 where the pictures have alpha.
    package var channels: Int { probe.hasAlpha ? 4 : 3 }

    /// Bytes of a frame.
    package var frameBytes: Int { size.width * size.height * channels }

    /// Seconds that are read; nil where unknown.
    package var duration: Double? {
        guard let end = [to, probe.duration].compactMap({ $0 }).min() else { return nil }
        return max(0, end - (from ?? 0))
    }

    /// Frames that are expected; nil where unknown.
    package var expectedFrames: Int? { duration.map { rate.frames(in: $0) } }

    /// Tone mapping of HDR to a screen's range, without which pictures are washed out.
    static let toneMapping =
        "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=pc"

    /// Filters: the rate first, so that dropped frames are not resized. ffmpeg turns pictures before them.
    package var filters: String {
        var filters = ["fps=fps=\(rate):start_time=0"]
        if probe.isHDR { filters.append(Self.toneMapping) }
        filters.append("scale=\(size.width):\(size.height):flags=bicubic+accurate_rnd+full_chroma_int")
        filters.append("setsar=1")
        return filters.joined(separator: ",")
    }

    /// Arguments of ffmpeg.
    ///
    /// - Parameter tools: the version decides the name of an option.
    package func arguments(_ tools: FFmpegVersion) -> [String] {
        var arguments = ["-v", "error", "-nostdin"]
        if let from { arguments += ["-ss", Self.seconds(from)] }
        if let to { arguments += ["-t", Self.seconds(max(0, to - (from ?? 0)))] }
        if probe.hasSideAlpha { arguments += ["-c:v", probe.codec == "vp8" ? "libvpx" : "libvpx-vp9"] }
        arguments += ["-i", "file:" + file, "-map", "0:\(probe.stream)", "-an", "-sn", "-dn", "-vf", filters]
        arguments += tools.hasFrameRateMode ? ["-fps_mode", "passthrough"] : ["-vsync", "0"]
        return arguments + ["-f", "rawvideo", "-pix_fmt", channels == 4 ? "rgba" : "rgb24", "pipe:1"]
    }

    /// As ffmpeg reads seconds.
    static func seconds(_ value: Double) -> String {
        // Microseconds are what ffmpeg counts in; a Double's own text may have an exponent.
        let micros = Int((min(max(value, 0), 1e9) * 1e6).rounded())
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

/// Version of ffmpeg.
package struct FFmpegVersion: Sendable, Equatable, CustomStringConvertible {
    /// Text as ffmpeg prints it, such as `5.1.9-0+deb12u1`.
    package let description: String
    /// Major number; a build without a release's number counts as the newest.
    let major: Int
    /// Minor number.
    let minor: Int

    /// - Parameter text: the first line of `ffmpeg -version`.
    package init?(parsing text: String) {
        let words = text.split(separator: " ", maxSplits: 3)
        guard words.count >= 3, words[1] == "version" else { return nil }
        description = String(words[2])
        let numbers = description.drop { $0 == "n" || $0 == "v" }.split { !$0.isNumber }.prefix(2)
            .compactMap { Int($0) }
        let isRelease = description.drop { $0 == "n" || $0 == "v" }.first?.isNumber == true && numbers.first ?? 0 < 1000
        (major, minor) = isRelease ? (numbers.first ?? 0, numbers.dropFirst().first ?? 0) : (99, 0)
    }

    /// At least 4.4.
    package var isSupported: Bool { (major, minor) >= (4, 4) }

    /// `-fps_mode` came with 5.1.
    var hasFrameRateMode: Bool { (major, minor) >= (5, 1) }
}
