import AnimoConcurrency
import AnimoJobs
import AnimoPictures

/// A comparison as a video, written as `animoctl run` writes them: source, driver and what was rendered side by side,
/// one pair of heads after another, at the rate that videos of heads are read at.
struct EvaluationVideo: Sendable {
    let kind: OutputKind
    let tools: FFmpegTools

    /// - Parameters:
    ///   - samples: of one comparison; none make no video.
    ///   - file: whose folder is there.
    func write(_ samples: [EvaluationSample], to file: String) async throws {
        guard let first = samples.first.map(Self.frame) else { return }
        let parts = file + ".parts"
        try DurableFile.makeFolder(parts)
        defer { DurableFile.removeFolder(parts) }
        let encoding = VideoEncoding(kind: kind, hasAlpha: false, rate: VideoFrames.rate, threads: 1)
        let segments = Segments(frames: samples.count)
        var files: [String] = []
        for segment in 0..<segments.count {
            let part = "\(parts)/\(segment).\(kind.segmentEnding)"
            let writer = try await SegmentWriter(
                encoding, width: first.width, height: first.height, to: part, tools)
            do {
                for sample in samples[segments.frames(of: segment)] {
                    try await writer.write(Self.frame(sample).pixels)
                }
                try await writer.finish()
            } catch {
                await writer.abandon()
                throw error
            }
            files.append(part)
        }
        try await SegmentJoining(
            joining: VideoJoining(kind: kind), segments: segments, rate: encoding.rate, folder: parts, tools: tools
        ).join(files, to: file)
    }

    /// The three pictures of a sample, which have one height.
    private static func frame(_ sample: EvaluationSample) -> Picture {
        let all = [sample.pictures.source, sample.pictures.driver, sample.pictures.rendered].map { $0.overWhite() }
        let height = all.map(\.height).min() ?? 0
        var pixels: [UInt8] = []
        for y in 0..<height {
            for picture in all { pixels += picture.pixels[y * picture.width * 3..<(y + 1) * picture.width * 3] }
        }
        return Picture(width: all.reduce(0) { $0 + $1.width }, height: height, layout: .rgb, pixels: pixels)
    }
}
