import AnimoJSON

/// Facts about a video, read by ffprobe.
package struct VideoProbe: Sendable, Equatable {
    /// Index of the video stream among all streams.
    package var stream: Int
    /// Codec of the pictures.
    package var codec: String
    /// Size as shown: turned as the file says, pixels made square.
    package var width: Int
    /// As ``width``.
    package var height: Int
    /// Indicates whether the file asks for its pictures to be turned by 90, 180 or 270 degrees.
    package var rotation: Int
    /// Indicates whether pixels are not square.
    package var hasWidePixels: Bool
    /// Indicates whether pictures have alpha.
    package var hasAlpha: Bool
    /// Indicates VP8 or VP9 with alpha in a stream beside, which ffmpeg's own decoder loses.
    package var hasSideAlpha: Bool
    /// Indicates the transfer function of HDR: PQ or HLG.
    package var isHDR: Bool
    /// `r_frame_rate`, as it is written.
    package var realRate: String
    /// `avg_frame_rate`, as it is written.
    package var averageRate: String
    /// Seconds; nil where unknown.
    package var duration: Double?
    /// Frames, where the container counts them.
    package var frames: Int?
    /// Codec of the first audio stream; nil for none.
    package var audio: String?

    /// - Parameter text: what `ffprobe -show_streams -show_format -of json` prints.
    /// - Throws: `badData` where there is no video in it.
    package init(parsing text: [UInt8]) throws(JobError) {
        guard let value = try? JSONValue(parsing: text), let streams = value.objectValue?["streams"]?.arrayValue else {
            throw JobError(.badData, "ffprobe's answer cannot be read")
        }
        let all = streams.compactMap(\.objectValue)
        audio = all.first { $0["codec_type"]?.stringValue == "audio" }?["codec_name"]?.stringValue
        let video = all.first { stream in
            stream["codec_type"]?.stringValue == "video"
                && stream["disposition"]?.objectValue?["attached_pic"]?.integerValue != 1
        }
        guard let video else { throw JobError(.badData, "no video in it, only \(Self.kinds(all))") }
        guard let width = video["width"]?.integerValue, let height = video["height"]?.integerValue,
            (1...32_768).contains(width), (1...32_768).contains(height), let index = video["index"]?.integerValue
        else { throw JobError(.badData, "the video has no size") }
        stream = index
        codec = video["codec_name"]?.stringValue ?? "unknown"
        let format = video["pix_fmt"]?.stringValue ?? ""
        let tags = video["tags"]?.objectValue ?? JSONObject()
        func tag(_ name: String) -> String? {
            tags.members.first { $0.name.lowercased() == name }?.value.stringValue
        }
        hasSideAlpha = ["vp8", "vp9"].contains(codec) && tag("alpha_mode") == "1"
        hasAlpha =
            hasSideAlpha || format.hasPrefix("yuva") || format.hasPrefix("gbrap") || format.hasPrefix("ya")
            || ["rgba", "bgra", "argb", "abgr", "rgba64le", "rgba64be", "pal8"].contains(format)
        isHDR = ["smpte2084", "arib-std-b67"].contains(video["color_transfer"]?.stringValue)
        realRate = video["r_frame_rate"]?.stringValue ?? "0/0"
        averageRate = video["avg_frame_rate"]?.stringValue ?? "0/0"
        duration =
            Self.number(video["duration"]) ?? Self.number(value.objectValue?["format"]?.objectValue?["duration"])
        frames = Self.number(video["nb_frames"]).flatMap { $0 > 0 ? Int(exactly: $0) : nil }

        let side = (video["side_data_list"]?.arrayValue ?? []).lazy.compactMap {
            $0.objectValue?["rotation"]?.doubleValue
        }
        let turn = side.first ?? tag("rotate").flatMap(Double.init) ?? 0
        rotation = turn.isFinite && abs(turn) < 1e6 ? ((Int((turn / 90).rounded()) * 90) % 360 + 360) % 360 : 0
        let aspect = (video["sample_aspect_ratio"]?.stringValue ?? "1:1").split(separator: ":").compactMap { Int($0) }
        var shown = Double(width)
        hasWidePixels = aspect.count == 2 && aspect[0] > 0 && aspect[1] > 0 && aspect[0] != aspect[1]
        if hasWidePixels { shown = min(max((shown * Double(aspect[0]) / Double(aspect[1])).rounded(), 1), 65_536) }
        (self.width, self.height) =
            rotation == 90 || rotation == 270 ? (height, Int(shown)) : (Int(shown), height)
    }

    private static func kinds(_ streams: [JSONObject]) -> String {
        let kinds = streams.map { $0["codec_type"]?.stringValue ?? "unknown" }
        return kinds.isEmpty ? "nothing" : kinds.joined(separator: ", ")
    }

    private static func number(_ value: JSONValue?) -> Double? {
        guard let value, let number = value.doubleValue ?? value.stringValue.flatMap(Double.init), number.isFinite
        else { return nil }
        return number
    }
}
