import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

@Suite struct VideoTests {
    private func probe(_ video: String, _ others: String = "") throws -> VideoProbe {
        try VideoProbe(parsing: Array("{\"streams\": [\(others)\(video)], \"format\": {\"duration\": \"2.5\"}}".utf8))
    }

    private let plain =
        "{\"index\": 1, \"codec_type\": \"video\", \"codec_name\": \"h264\", \"width\": 320, \"height\": 240, "
        + "\"r_frame_rate\": \"25/1\", \"avg_frame_rate\": \"25/1\", \"pix_fmt\": \"yuv420p\""

    @Test func coverArtIsNoVideo() throws {
        let cover =
            "{\"index\": 0, \"codec_type\": \"video\", \"width\": 9, \"height\": 9, "
            + "\"disposition\": {\"attached_pic\": 1}}, "
        let probe = try probe(plain + "}", cover)
        #expect(probe.stream == 1 && probe.width == 320 && probe.duration == 2.5)
        let error = #expect(throws: JobError.self) {
            try self.probe(cover.replacingOccurrences(of: "}}, ", with: "}}"))
        }
        #expect(error?.message.contains("no video") == true)
    }

    @Test(arguments: [
        (", \"side_data_list\": [{\"rotation\": -90}]", 240, 320, 270),
        (", \"tags\": {\"rotate\": \"90\"}", 240, 320, 90),
        (", \"side_data_list\": [{\"rotation\": 180}]", 320, 240, 180),
        (", \"sample_aspect_ratio\": \"2:1\"", 640, 240, 0), (", \"sample_aspect_ratio\": \"0:1\"", 320, 240, 0),
        (", \"side_data_list\": [{\"rotation\": 1e99}]", 320, 240, 0),
    ])
    func picturesAreAsTheyAreShown(field: String, width: Int, height: Int, rotation: Int) throws {
        let probe = try probe(plain + field + "}")
        #expect(probe.width == width && probe.height == height && probe.rotation == rotation)
    }

    @Test func largeVideosAreReadSmaller() throws {
        let text = plain.replacingOccurrences(of: "320", with: "3840").replacingOccurrences(of: "240", with: "2160")
        let decoding = VideoDecoding(file: "f", probe: try probe(text + "}"), rate: .usual)
        #expect(decoding.size == (1280, 720) && decoding.frameBytes == 1280 * 720 * 3)
        #expect(decoding.expectedFrames == 63)
    }

    @Test func theDecoderOfSideAlphaIsNamed() throws {
        let text = plain.replacingOccurrences(of: "h264", with: "vp9")
        let probe = try probe(text + ", \"tags\": {\"ALPHA_MODE\": \"1\"}}")
        let decoding = VideoDecoding(file: "-a b.webm", probe: probe, rate: .usual, from: 1.5, to: 2)
        let version = try #require(FFmpegVersion(parsing: "ffmpeg version 4.4.2 Copyright"))
        let arguments = decoding.arguments(version)
        #expect(arguments.contains("libvpx-vp9") && arguments.contains("rgba"))
        #expect(arguments.contains("file:-a b.webm") && arguments.contains("-vsync"))
        #expect(arguments.contains("1.500000") && arguments.contains("0.500000"))
    }

    @Test(arguments: [("smpte2084", true), ("arib-std-b67", true), ("bt709", false)])
    func hdrIsToneMapped(transfer: String, isMapped: Bool) throws {
        let probe = try probe(plain + ", \"color_transfer\": \"\(transfer)\"}")
        #expect(VideoDecoding(file: "f", probe: probe, rate: .usual).filters.contains("tonemap=hable") == isMapped)
    }

    @Test(arguments: [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026", true), ("ffmpeg version 4.3.6 x", false),
        ("ffmpeg version n7.1 x", true), ("ffmpeg version N-112233-gabcdef x", true),
        ("ffmpeg version 2024-05-01-git-abc x", true),
    ])
    func versionsAreCompared(text: String, isSupported: Bool) throws {
        #expect(try #require(FFmpegVersion(parsing: text)).isSupported == isSupported)
    }

    @Test func aQuoteInAListIsEscaped() {
        #expect(
            VideoJoining.list(["/a/it's 100%.mp4"], Segments(frames: 3), at: .usual).contains(
                "file 'file:/a/it'\\''s 100%.mp4'\n"))
    }

    @Test func soundThatTheContainerRefusesIsEncoded() {
        #expect(!VideoJoining(kind: .mp4, sound: .init(file: "f", codec: "aac")).encodesSound)
        #expect(VideoJoining(kind: .webm, sound: .init(file: "f", codec: "aac")).encodesSound)
        #expect(!VideoJoining(kind: .mkv, sound: .init(file: "f", codec: "pcm_s16le")).encodesSound)
    }

    @Test func oddSidesArePaddedForHalvedColoursAlone() {
        let encoding = { VideoEncoding(kind: $0, hasAlpha: $1, rate: .usual, threads: 1) }
        #expect(encoding(.mp4, false).pads(width: 255, height: 256))
        #expect(!encoding(.mp4, false).pads(width: 256, height: 256))
        #expect(!encoding(.mov, true).pads(width: 255, height: 255))
        let arguments = encoding(.mp4, false).arguments(width: 255, height: 256, to: "s")
        #expect(arguments.contains { $0.contains("fillborders=right=1:bottom=0") })
    }

    /// A program that is not there is told apart from one that fails.
    @Test func aMissingProgramIsSaid() async throws {
        let error = await #expect(throws: JobError.self) {
            try await FFmpegTools.find(environment: ["PATH": "/nonexistent"])
        }
        #expect(error?.code == .missingProgram)
        #expect(error?.hint?.contains("package ffmpeg") == true)
        let old = try TemporaryFolder()
        for name in ["ffmpeg", "ffprobe"] {
            let file = old.path(name)
            try "#!/bin/sh\necho 'ffmpeg version 4.1.2 Copyright'\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        }
        let tooOld = await #expect(throws: JobError.self) {
            try await FFmpegTools.find(environment: ["PATH": old.url.path])
        }
        #expect(tooOld?.message.contains("4.4 or newer") == true)
    }

    /// Case 25: a program that says more than a pipe holds ends all the same.
    @Test func whatAProgramSaysDoesNotHoldItUp() async throws {
        let process = try await ToolProcess.start(
            "/bin/sh",
            [
                "-c",
                "i=0; while [ $i -lt 5000 ]; do echo 'a line of sixty-four bytes or so, once and again' >&2; i=$((i+1)); done; echo last >&2; exit 3",
            ])
        #expect(try await process.finish() == .exited(3))
        #expect(process.lastWords.hasSuffix("last") && process.lastWords.utf8.count <= 4096)
        #expect(process.count(of: ["sixty-four"]) == 5000)
    }

    @Test func aProgramIsInAGroupOfItsOwnAndCanBeEnded() async throws {
        let process = try await ToolProcess.start("/bin/cat", [], input: true, output: true)
        #expect(try process.write([1, 2, 3]))
        var bytes = [UInt8](repeating: 0, count: 3)
        #expect(try bytes.withUnsafeMutableBytes { try process.read(into: $0) } == 3)
        #expect(bytes == [1, 2, 3])
        process.terminate()
        #expect(try await process.finish() == .signalled(9))
        #expect(try await ToolProcess.start("/bin/cat", []).finish() == .exited(0))
        await #expect(throws: JobError.self) { try await ToolProcess.start("/nonexistent/program", []) }
    }
}
