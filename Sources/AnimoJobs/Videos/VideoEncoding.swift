/// Encoding of a segment: raw frames in, a file of its own out.
package struct VideoEncoding: Sendable, Equatable {
    /// Kind of the item's output.
    package var kind: OutputKind
    /// Indicates RGBA frames.
    package var hasAlpha: Bool
    /// Frames a second.
    package var rate: FrameRate
    /// Threads of the encoder: x264's bytes depend on them.
    package var threads: Int

    /// Creates one from its fields.
    package init(kind: OutputKind, hasAlpha: Bool, rate: FrameRate, threads: Int) {
        (self.kind, self.hasAlpha, self.rate, self.threads) = (kind, hasAlpha, rate, threads)
    }

    /// Indicates whether frames of this size get a row or a column more, which 4:2:0 needs.
    package func pads(width: Int, height: Int) -> Bool {
        (width % 2 != 0 || height % 2 != 0) && kind != .gif && !(kind == .mov && hasAlpha)
    }

    /// Colours as BT.709 in the range of television, said in the file: without the matrix ffmpeg writes BT.601 and no
    /// tags.
    private static let colours = [
        "-color_primaries", "bt709", "-color_trc", "iec61966-2-1", "-colorspace", "bt709", "-color_range", "tv",
    ]

    /// Filters that bring frames of this size to what the encoder takes.
    private func filters(_ width: Int, _ height: Int, _ format: String) -> String {
        var filters: [String] = []
        if pads(width: width, height: height) {
            filters.append("pad=ceil(iw/2)*2:ceil(ih/2)*2")
            filters.append("fillborders=right=\(width % 2):bottom=\(height % 2):mode=smear")
        }
        filters.append("scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int")
        return (filters + ["format=\(format)"]).joined(separator: ",")
    }

    /// Arguments of ffmpeg.
    package func arguments(width: Int, height: Int, to file: String) -> [String] {
        var arguments = [
            "-v", "error", "-nostdin", "-f", "rawvideo", "-pix_fmt", hasAlpha ? "rgba" : "rgb24", "-s",
            "\(width)x\(height)", "-framerate", rate.description, "-i", "pipe:0", "-threads", String(threads),
            "-filter_threads", "1",
        ]
        switch kind {
        case .mp4, .mkv: arguments += x264(width, height)
        case .mov where hasAlpha:
            arguments += [
                "-vf", filters(width, height, "yuva444p10le"), "-c:v", "prores_ks", "-profile:v", "4444",
                "-alpha_bits", "16", "-vendor", "apl0",
            ]
            arguments += Self.colours + timescale
        case .mov: arguments += x264(width, height)
        case .webm:
            arguments += [
                "-vf", filters(width, height, hasAlpha ? "yuva420p" : "yuv420p"), "-c:v", "libvpx-vp9", "-crf", "20",
                "-b:v", "0", "-auto-alt-ref", "0", "-row-mt", "0",
            ]
            arguments += Self.colours
        case .gif, .png, .jpg:
            // The palette is made at the end: until then nothing is lost.
            arguments += ["-c:v", "libx264rgb", "-preset", "veryfast", "-qp", "0"] + timescale
        }
        arguments += ["-fflags", "+bitexact", "-flags:v", "+bitexact" + (isX264 ? "+cgop" : ""), "-map_metadata", "-1"]
        return arguments + ["-f", segmentMuxer, "-y", "file:" + file]
    }

    private var isX264: Bool { kind == .mp4 || kind == .mkv || (kind == .mov && !hasAlpha) }

    private var segmentMuxer: String { kind.segmentEnding }

    /// Frame times in units of the rate's own numerator are whole numbers.
    private var timescale: [String] { ["-video_track_timescale", String(rate.frames)] }

    private func x264(_ width: Int, _ height: Int) -> [String] {
        ["-vf", filters(width, height, "yuv420p"), "-c:v", "libx264", "-preset", "medium", "-crf", "18"]
            + Self.colours + timescale
    }
}
