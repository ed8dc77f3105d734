import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

/// Segments through the real ffmpeg.
@Suite(.enabled(if: Command.find("ffmpeg") != nil && Command.find("ffprobe") != nil, "needs ffmpeg and ffprobe"))
struct SegmentTests {
    /// As the program does: an encoder that has gone is an error of the write.
    init() { signal(SIGPIPE, SIG_IGN) }

    /// Frames of one colour with alpha that rises from left to right and from frame to frame.
    private func frame(_ number: Int, _ width: Int, _ height: Int) -> [UInt8] {
        (0..<height).flatMap { _ in
            (0..<width).flatMap { x -> [UInt8] in [200, 60, 90, UInt8(min(255, x / 8 * 8 * 3 + number * 8))] }
        }
    }

    private func write(
        _ encoding: VideoEncoding, frames: Int, length: Int, width: Int, height: Int, in folder: TemporaryFolder,
        _ tools: FFmpegTools, make: (Int) -> [UInt8]
    ) async throws -> String {
        let segments = Segments(frames: frames, length: length)
        var files: [String] = []
        for segment in 0..<segments.count {
            files.append(folder.path("\(segment).\(encoding.kind.segmentEnding)"))
            let writer = try await SegmentWriter(encoding, width: width, height: height, to: files[segment], tools)
            for frame in segments.frames(of: segment) { try await writer.write(make(frame)) }
            try await writer.finish()
        }
        let (list, output) = (folder.path("list.txt"), folder.path("out.\(encoding.kind.rawValue)"))
        try VideoJoining.list(files, segments, at: encoding.rate).write(toFile: list, atomically: true, encoding: .utf8)
        try await tools.run(
            VideoJoining(kind: encoding.kind, hasAlpha: encoding.hasAlpha).arguments(list: list, to: output),
            for: "joining")
        return output
    }

    private func frames(_ file: String, _ tools: FFmpegTools) async throws -> (VideoProbe, [[UInt8]]) {
        let probe = try await tools.probe(file)
        let chosen = try #require(FrameRate.choose(real: probe.realRate, average: probe.averageRate))
        let reader = try await VideoReader(VideoDecoding(file: file, probe: probe, rate: chosen.rate), tools)
        var all: [[UInt8]] = []
        while let frame = try await reader.next() { all.append(frame) }
        #expect(try await reader.finish(after: all.count).damage == nil)
        return (probe, all)
    }

    /// Alpha comes back out of ProRes 4444 and VP9, over the joins of segments.
    @Test(arguments: [(OutputKind.mov, 2), (.webm, 6)])
    func alphaIsKept(kind: OutputKind, most: Int) async throws {
        let folder = try TemporaryFolder()
        let tools = try await FFmpegTools.find()
        let encoding = VideoEncoding(kind: kind, hasAlpha: true, rate: .usual, threads: 2)
        let output = try await write(
            encoding, frames: 7, length: 3, width: 64, height: 32, in: folder, tools
        ) { frame($0, 64, 32) }
        let (probe, all) = try await frames(output, tools)
        try #require(probe.hasAlpha && all.count == 7)
        for (number, found) in all.enumerated() {
            let wanted = frame(number, 64, 32)
            let worst =
                stride(from: 3, to: wanted.count, by: 4).map { abs(Int(found[$0]) - Int(wanted[$0])) }.max() ?? 255
            #expect(worst <= most, "frame \(number)")
        }
    }

    /// Frame times stay whole units of the rate over the joins, and odd sides get their smeared row and column.
    @Test func joinsKeepTheTimesOfFrames() async throws {
        let folder = try TemporaryFolder()
        let tools = try await FFmpegTools.find()
        let rate = try #require(FrameRate(30000, 1001))
        let encoding = VideoEncoding(kind: .mp4, hasAlpha: false, rate: rate, threads: 1)
        let output = try await write(encoding, frames: 11, length: 4, width: 33, height: 31, in: folder, tools) {
            number in
            [UInt8](repeating: UInt8(number * 20), count: 33 * 31 * 3)
        }
        let shown = try await Command.run(
            try #require(Command.find("ffprobe")),
            ["-v", "error", "-show_entries", "frame=pts,pkt_duration", "-of", "csv=p=0", output])
        let times = shown.text.split(separator: "\n").compactMap { Int($0.split(separator: ",")[0]) }
        #expect(times == (0..<11).map { $0 * 1001 }, "\(shown.text)")
        let (probe, all) = try await frames(output, tools)
        #expect(probe.width == 34 && probe.height == 32 && all.count == 11)
        #expect(abs(Int(all[10][0]) - 200) <= 3 && abs(Int(all[10][all[10].count - 1]) - 200) <= 3)
    }

    /// Turned by 90 degrees, a video arrives as it is shown.
    @Test func turnedVideosArriveUpright() async throws {
        let folder = try TemporaryFolder()
        let tools = try await FFmpegTools.find()
        let (flat, turned) = (folder.path("flat.mp4"), folder.path("turned.mp4"))
        try await tools.run(
            [
                "-v", "error", "-f", "lavfi", "-i",
                "color=c=red:s=64x32:r=25:d=0.2,drawbox=x=32:y=0:w=32:h=32:c=blue:t=fill",
                "-c:v", "libx264", "-qp", "4", flat,
            ], for: "the clip")
        try await tools.run(
            ["-v", "error", "-i", flat, "-c", "copy", "-metadata:s:v", "rotate=90", turned], for: "the clip")
        let (probe, all) = try await frames(turned, tools)
        #expect(probe.width == 32 && probe.height == 64 && probe.rotation != 0)
        let first = try #require(all.first)
        let (top, bottom) = ((8 * 32 + 16) * 3, (56 * 32 + 16) * 3)
        #expect((first[top] > 150) != (first[bottom] > 150))
        #expect((first[top + 2] > 150) != (first[bottom + 2] > 150))
    }

    /// A segment that cannot be whole has no name.
    @Test func anAbandonedSegmentLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let tools = try await FFmpegTools.find()
        let encoding = VideoEncoding(kind: .mp4, hasAlpha: false, rate: .usual, threads: 1)
        let file = folder.path("s.mp4")
        let writer = try await SegmentWriter(encoding, width: 32, height: 32, to: file, tools)
        try await writer.write([UInt8](repeating: 9, count: 32 * 32 * 3))
        await writer.abandon()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
        let bad = try await SegmentWriter(encoding, width: 32, height: 32, to: folder.path("no/such/s.mp4"), tools)
        let error = await #expect(throws: JobError.self) {
            try await bad.write([UInt8](repeating: 9, count: 32 * 32 * 3))
            try await bad.finish()
        }
        #expect(error?.message.contains("encoding: ffmpeg ended") == true, "\(error?.message ?? "")")
    }
}
