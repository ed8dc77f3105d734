import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// Clips that ffmpeg makes at test time, and what it says of results.
enum JobClips {
    static let ffmpeg = Command.find("ffmpeg")
    static let ffprobe = Command.find("ffprobe")
    static var available: Bool { ffmpeg != nil && ffprobe != nil }

    /// Runs ffmpeg.
    static func make(_ arguments: [String]) async throws {
        let result = try await Command.run(try #require(ffmpeg), ["-v", "error", "-nostdin", "-y"] + arguments)
        try #require(result.status == 0, "\(arguments): \(result.errors)")
    }

    /// A clip whose frame N is grey of `step`·N, without loss worth mentioning.
    static func counting(
        _ frames: Int, rate: String = "25", step: Int = 4, size: String = "64x48", sound: Bool = false,
        codec: [String] = ["-c:v", "libx264", "-qp", "4", "-pix_fmt", "yuv444p"], to file: String
    ) async throws {
        let picture = "color=c=black:s=\(size):r=\(rate),format=gray,geq=lum='N*\(step)',format=rgb24"
        var arguments = ["-f", "lavfi", "-i", picture]
        if sound { arguments += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-shortest"] }
        arguments += ["-frames:v", "\(frames)"] + codec
        if sound { arguments += ["-c:a", file.hasSuffix("webm") ? "libopus" : "aac"] }
        try await make(arguments + ["file:" + file])
    }

    /// Facts of a file's first video, as `key=value` lines.
    static func facts(_ file: String, _ stream: String = "v:0") async throws -> [String: String] {
        let result = try await Command.run(
            try #require(ffprobe),
            [
                "-v", "error", "-count_frames", "-select_streams", stream, "-show_entries",
                "stream=codec_name,width,height,r_frame_rate,nb_read_frames,duration,start_time,pix_fmt,color_space,"
                    + "color_primaries,color_transfer,color_range,profile",
                "-of", "default=nw=1", "file:" + file,
            ])
        try #require(result.status == 0, "\(result.errors)")
        var facts: [String: String] = [:]
        for line in result.text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { facts[parts[0]] = parts[1] }
        }
        return facts
    }

    /// Red, green and blue of the middle of every frame.
    static func middles(_ file: String) async throws -> [[Int]] {
        let result = try await Command.run(
            try #require(ffmpeg),
            [
                "-v", "error", "-nostdin", "-i", "file:" + file, "-an", "-vf",
                "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int,crop=4:4,scale=1:1", "-f", "rawvideo",
                "-pix_fmt", "rgb24", "-",
            ])
        try #require(result.status == 0, "\(result.errors)")
        let bytes = [UInt8](result.output)
        return stride(from: 0, to: bytes.count - 2, by: 3).map { place in (0..<3).map { Int(bytes[place + $0]) } }
    }

    /// All frames as RGBA.
    ///
    /// - Parameter codec: the decoder; nil for ffmpeg's own choice.
    static func frames(_ file: String, codec: String? = nil) async throws -> [UInt8] {
        let result = try await Command.run(
            try #require(ffmpeg),
            ["-v", "error", "-nostdin"] + (codec.map { ["-c:v", $0] } ?? []) + [
                "-i", "file:" + file, "-an", "-f", "rawvideo", "-pix_fmt", "rgba", "-",
            ])
        try #require(result.status == 0, "\(result.errors)")
        return [UInt8](result.output)
    }

    /// A source of one colour.
    static func source(red: UInt8 = 200, size: Int = 32, to file: String) throws {
        let picture = Picture(width: size, height: size, filledWith: (red, 10, 30))
        try Data(try PictureEncoder.encode(picture, as: .png)).write(to: URL(fileURLWithPath: file))
    }

    /// Runs `animoctl run` against a daemon.
    static func run(
        _ arguments: [String], at socket: String, domains: Bool = true, environment: [String: String] = [:]
    ) async throws -> Command {
        try await Command.run(
            Binaries.animoctl,
            ["run"] + arguments + (domains ? ["--source-domain", "vox", "--driving-domain", "vox"] : [])
                + ["--connect", "unix:\(socket)"], environment: environment)
    }
}
