/// Kind of an item's output, by the ending of its name.
package enum OutputKind: String, Sendable, CaseIterable {
    case mp4, mov, mkv, webm, gif, png, jpg

    /// Kind for a name's ending; nil for an ending that no output has.
    package init?(name: String) {
        switch name.split(separator: ".").dropFirst().last.map({ $0.lowercased() }) {
        case "mp4", "m4v": self = .mp4
        case "mov": self = .mov
        case "mkv": self = .mkv
        case "webm": self = .webm
        case "gif": self = .gif
        case "png": self = .png
        case "jpg", "jpeg": self = .jpg
        default: return nil
        }
    }

    /// Indicates pictures, which are encoded without ffmpeg.
    package var isPictures: Bool { self == .png || self == .jpg }

    /// Indicates whether it keeps alpha.
    package var keepsAlpha: Bool { [.mov, .webm, .png].contains(self) }

    /// Kinds that keep alpha, for messages.
    package static let withAlpha = "mov, webm, png"

    /// Indicates whether it has a place for sound.
    package var keepsAudio: Bool { !isPictures && self != .gif }

    /// The container of its segments, whose frame times are exact. Those of MKV are milliseconds.
    package var segmentEnding: String {
        switch self {
        case .mp4, .mkv, .gif: "mp4"
        case .mov: "mov"
        case .webm: "webm"
        case .png: "png"
        case .jpg: "jpg"
        }
    }

    /// Audio codecs that are copied into the container; nil for any.
    var audioCodecs: Set<String>? {
        switch self {
        case .mp4: ["aac", "mp3", "ac3", "eac3", "alac", "opus"]
        case .mov: ["aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_f32le"]
        case .mkv: nil
        case .webm: ["opus", "vorbis"]
        case .gif, .png, .jpg: []
        }
    }

    /// Encoder, with its bit rate, of sound that cannot be copied.
    var audioEncoder: [String] {
        self == .webm ? ["-c:a", "libopus", "-b:a", "128k"] : ["-c:a", "aac", "-b:a", "192k"]
    }

    /// ffmpeg's name of the container.
    var muxer: String {
        switch self {
        case .mp4: "mp4"
        case .mov: "mov"
        case .mkv: "matroska"
        case .webm: "webm"
        case .gif: "gif"
        case .png, .jpg: "image2"
        }
    }
}
