/// Joining of segments to the output, with its sound.
package struct VideoJoining: Sendable, Equatable {
    /// A file with sound, and the part of it that is used.
    package struct Sound: Sendable, Equatable {
        /// The file.
        package var file: String
        /// Codec of its first audio stream.
        package var codec: String
        /// Second to begin at; nil for the file's beginning.
        package var from: Double?
        /// Second to end at; nil for the file's end.
        package var to: Double?

        /// Creates one from its fields.
        package init(file: String, codec: String, from: Double? = nil, to: Double? = nil) {
            (self.file, self.codec, self.from, self.to) = (file, codec, from, to)
        }
    }

    /// Kind of the item's output.
    package var kind: OutputKind
    /// nil for none.
    package var sound: Sound?
    /// Indicates frames with alpha, which WebM records in a tag.
    package var hasAlpha: Bool

    /// Creates one from its fields.
    package init(kind: OutputKind, sound: Sound? = nil, hasAlpha: Bool = false) {
        (self.kind, self.sound, self.hasAlpha) = (kind, sound, hasAlpha)
    }

    /// Indicates whether the container refuses the codec, so that sound is encoded anew.
    package var encodesSound: Bool {
        guard let sound, let taken = kind.audioCodecs else { return false }
        return !taken.contains(sound.codec)
    }

    /// The list that ffmpeg's concat demuxer reads; `'` is `'\''` in it.
    ///
    /// Durations are given, each up to the next one's beginning in whole microseconds: containers round theirs to
    /// milliseconds, by which frames after every join would be late.
    package static func list(_ files: [String], _ segments: Segments, at rate: FrameRate) -> String {
        func micros(_ frame: Int) -> Int { Int((rate.time(of: frame) * 1e6).rounded()) }
        var text = "ffconcat version 1.0\n"
        for (segment, file) in files.enumerated() {
            let frames = segments.frames(of: segment)
            let duration = Double(micros(frames.upperBound) - micros(frames.lowerBound)) / 1e6
            let name = file.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            text += "file 'file:\(name)'\nduration \(VideoDecoding.seconds(duration))\n"
        }
        return text
    }

    /// Arguments of ffmpeg. Nothing is cut to the shorter of both: the video keeps its count.
    ///
    /// - Parameters:
    ///   - list: file of the segments.
    ///   - palette: for GIFs, a file that the colours were chosen into before.
    package func arguments(list: String, palette: String? = nil, to file: String) -> [String] {
        var arguments = ["-v", "error", "-nostdin", "-f", "concat", "-safe", "0", "-i", "file:" + list]
        if kind == .gif, let palette {
            arguments += ["-i", "file:" + palette, "-lavfi", "[0:v][1:v]paletteuse=dither=sierra2_4a", "-loop", "0"]
            arguments += ["-filter_threads", "1"]
        } else {
            if let sound {
                if let from = sound.from { arguments += ["-ss", VideoDecoding.seconds(from)] }
                if let to = sound.to { arguments += ["-t", VideoDecoding.seconds(max(0, to - (sound.from ?? 0)))] }
                arguments += ["-i", "file:" + sound.file]
            }
            arguments += ["-map", "0:v:0"]
            if sound != nil { arguments += ["-map", "1:a:0"] }
            arguments += ["-sn", "-dn", "-c", "copy"]
            if encodesSound { arguments += kind.audioEncoder }
            if kind == .mp4 || kind == .mov { arguments += ["-movflags", "+faststart"] }
        }
        if hasAlpha, kind == .webm { arguments += ["-metadata:s:v:0", "alpha_mode=1"] }
        arguments += ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
        return arguments + ["-f", kind.muxer, "-y", "file:" + file]
    }

    /// Arguments of the run that chooses a GIF's colours.
    package static func paletteArguments(list: String, to file: String) -> [String] {
        [
            "-v", "error", "-nostdin", "-f", "concat", "-safe", "0", "-i", "file:" + list, "-vf",
            "palettegen=stats_mode=full", "-frames:v", "1", "-update", "1", "-f", "image2", "-c:v", "png", "-y",
            "file:" + file,
        ]
    }
}
