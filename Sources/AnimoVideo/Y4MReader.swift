import AnimoPictures

/// Reads a YUV4MPEG2 stream (`ffmpeg -f yuv4mpegpipe`): 8 bits, BT.601, grey, 4:2:0, 4:2:2 or 4:4:4.
package struct Y4MReader: FrameSplitter, Sendable {
    /// The stream's header, once it came.
    package struct Header: Sendable, Equatable {
        /// Width in pixels.
        package let width: Int
        /// Height in pixels.
        package let height: Int
        /// Frames a second, as a fraction; nil where the stream does not say.
        package let rate: (frames: Int, seconds: Int)?
        /// Sampling of the chroma planes.
        package let sampling: ChromaSampling
        /// Indicates whether samples use 0…255 instead of 16…235.
        package let fullRange: Bool

        /// Compares all fields.
        package static func == (a: Header, b: Header) -> Bool {
            a.width == b.width && a.height == b.height && a.rate?.frames == b.rate?.frames
                && a.rate?.seconds == b.rate?.seconds && a.sampling == b.sampling && a.fullRange == b.fullRange
        }

        /// Returns whether frames behind either header are laid out and coloured alike.
        func hasFramesLike(_ other: Header) -> Bool {
            width == other.width && height == other.height && sampling == other.sampling
                && fullRange == other.fullRange
        }
    }

    /// The header; nil before it is whole.
    package private(set) var header: Header?
    private let limits: PictureLimits
    private var pending = PendingBytes()
    private var inFrame = false
    /// Frames that were read.
    private var frames = 0
    private static let lineLimit = 4096

    /// Creates a reader at the beginning of a stream.
    package init(limits: PictureLimits = PictureLimits()) { self.limits = limits }

    /// Adds bytes as they were read.
    package mutating func append(_ bytes: [UInt8]) { pending.append(bytes) }

    /// Takes the next frame; nil where more bytes are needed.
    package mutating func next() throws(PictureError) -> Picture? {
        if header == nil {
            guard let line = try takeLine() else { return nil }
            header = try Header(parsing: line, limits: limits)
        }
        guard let header else { return nil }
        while !inFrame {
            guard let line = try takeLine() else { return nil }
            // Streams of one kind may follow each other in one pipe, each with its header.
            if line.hasPrefix("YUV4MPEG2") {
                guard try Header(parsing: line, limits: limits).hasFramesLike(header) else {
                    throw PictureError(
                        .malformed,
                        "y4m: a second header, behind frame \(frames), differs from the first in size or colour")
                }
                continue
            }
            guard line == "FRAME" || line.hasPrefix("FRAME ") else {
                let got = line.isEmpty ? "an empty line" : "\(line.utf8.count) other bytes"
                throw PictureError(.malformed, "y4m: expected FRAME behind frame \(frames), got \(got)")
            }
            inFrame = true
        }
        let size = header.sampling.frameBytes(width: header.width, height: header.height)
        guard pending.count >= size else { return nil }
        inFrame = false
        frames += 1
        return YUV(fullRange: header.fullRange)
            .picture(from: pending.take(size), width: header.width, height: header.height, header.sampling)
    }

    /// Ends the stream.
    ///
    /// - Returns: the last frame, where the end completes it; else nil.
    /// - Throws: where the stream ends within a frame.
    package mutating func finish() throws(PictureError) -> Picture? {
        guard pending.count == 0, !inFrame else {
            throw PictureError(.truncated, "y4m: the stream ends within a frame, after \(frames) whole ones")
        }
        return nil
    }

    private mutating func takeLine() throws(PictureError) -> String? {
        guard let end = pending.firstIndex(of: 0x0A, from: 0), end <= Self.lineLimit else {
            guard pending.count <= Self.lineLimit else {
                throw PictureError(
                    .malformed, "y4m: expected a header line of at most \(Self.lineLimit) bytes, got a longer one")
            }
            return nil
        }
        let line = pending.take(end + 1).dropLast()
        return String(decoding: line, as: UTF8.self)
    }
}

extension Y4MReader.Header {
    /// Reads `YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg XCOLORRANGE=LIMITED`.
    init(parsing line: String, limits: PictureLimits) throws(PictureError) {
        let fields = line.split(separator: " ")
        guard fields.first == "YUV4MPEG2" else {
            throw PictureError(.malformed, "y4m: expected the stream to begin with YUV4MPEG2, got other bytes")
        }
        var (width, height) = (0, 0)
        var rate: (frames: Int, seconds: Int)?
        var sampling = ChromaSampling.half
        var fullRange = false
        for field in fields.dropFirst() {
            let value = field.dropFirst()
            switch field.first {
            case "W": width = Int(value) ?? 0
            case "H": height = Int(value) ?? 0
            case "F":
                let parts = value.split(separator: ":").compactMap { Int($0) }
                if parts.count == 2, parts[0] > 0, parts[1] > 0 { rate = (parts[0], parts[1]) }
            case "C": sampling = try Self.sampling(named: value)
            case "X": if value == "COLORRANGE=FULL" { fullRange = true }
            default: break
            }
        }
        try limits.check(width: width, height: height)
        self.init(width: width, height: height, rate: rate, sampling: sampling, fullRange: fullRange)
    }

    private static func sampling(named name: Substring) throws(PictureError) -> ChromaSampling {
        switch name {
        case "420", "420jpeg", "420mpeg2", "420paldv": return .half
        case "422": return .halfWidth
        case "444": return .full
        case "mono": return .mono
        default:
            throw PictureError(
                .unsupported, "y4m: colour \(name.prefix(16)) is not served, expected 420, 422, 444 or mono of 8 bits")
        }
    }
}
