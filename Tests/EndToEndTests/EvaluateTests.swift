import AnimoCLI
import AnimoDemo
import AnimoJSON
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

@testable import animoctl

/// `animoctl evaluate` on the built-in samples, by the real programs.
@Suite struct EvaluateTests {
    private func put(_ names: [String], in folder: String, under root: TemporaryFolder) throws {
        let url = root.url.appendingPathComponent(folder)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for name in names {
            try Data(try DemoSamples.file(name)).write(to: url.appendingPathComponent(name))
        }
    }

    @Test func measuresSelfCrossIdentityAndCrossDomain() async throws {
        let daemon = try await RunningDaemon.start()
        let folder = daemon.folder
        try put(["anime-1.png", "anime-driving-1.png"], in: "heads/first", under: folder)
        try put(["anime-2.png", "anime-driving-2.png"], in: "heads/second", under: folder)
        try put(["vox-1.png", "vox-2.png"], in: "across/other", under: folder)
        let result = try await Command.run(
            Binaries.animoctl,
            [
                "evaluate", folder.path("heads"), "--domain", "anime", "--across", folder.path("across"),
                "--across-domain", "vox", "--frames", "2", "--output", folder.path("out"), "--json",
            ], environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        try #require(result.status == 0, "\(result.errors)")
        let document = try JSONValue(parsing: Array(result.output))
        let comparisons = document.objectValue?["comparisons"]?.arrayValue ?? []
        #expect(
            comparisons.compactMap { $0.objectValue?["comparison"]?.stringValue } == [
                "self identity", "cross identity", "cross domain",
            ])
        #expect(comparisons.compactMap { $0.objectValue?["pictures"]?.integerValue } == [2, 4, 4])
        let first = try #require(comparisons.first?.objectValue)
        #expect((first["psnr_db"]?.doubleValue ?? 0) > 5)
        #expect((first["ssim"]?.doubleValue ?? 2) <= 1)
        for comparison in comparisons { #expect(comparison.objectValue?["angle_error_degrees"] != nil) }
        for name in ["self-identity", "cross-identity", "cross-domain", "angles"] {
            let bytes = try Data(contentsOf: folder.url.appendingPathComponent("out/\(name).png"))
            #expect(try PictureDecoder.decode(Array(bytes)).width > 200)
        }
        #expect(await daemon.stop() == 0)
    }

    /// macOS's companions are no pictures; what is damaged is told, counted and passed over.
    @Test func filesThatCannotBeReadArePassedOver() async throws {
        let folder = try TemporaryFolder()
        try put(["anime-1.png", "anime-2.png"], in: "heads/first", under: folder)
        let first = folder.url.appendingPathComponent("heads/first")
        try Data([0, 5, 0x16, 7, 0, 2, 0, 0]).write(to: first.appendingPathComponent("._anime-1.png"))
        try Data("GIF89a, no PNG".utf8).write(to: first.appendingPathComponent("bad.png"))
        try Data(try DemoSamples.file("anime-1.png").prefix(5000)).write(to: first.appendingPathComponent("cut.png"))
        try Data("no video".utf8).write(to: folder.url.appendingPathComponent("heads/film.mp4"))
        let frames = try await EvaluationFrames(in: folder.path("heads"), most: 9, option: "the folder")
        #expect(frames.identities.map(\.name) == ["first"] && frames.identities[0].frames.count == 2)
        #expect(frames.unread.map(\.name) == ["film.mp4", "first/bad.png", "first/cut.png"])
        #expect(frames.unread[1].reason.contains("a GIF picture"))
        let report = EvaluationReport([], unread: frames.unread)
        #expect(report.table.hasSuffix("3 files skipped\n"))
        #expect(report.json.objectValue?["passed_over"]?.arrayValue?.count == 3)
    }

    /// A head that is a video is read by the code of `animoctl run`, and comparisons are written by it.
    @Test(.enabled(if: JobClips.available, "needs ffmpeg and ffprobe"))
    func videosAreReadAndWritten() async throws {
        let daemon = try await RunningDaemon.start()
        let folder = daemon.folder
        try put(["vox-1.png", "vox-2.png", "vox-3.png"], in: "frames", under: folder)
        try put([], in: "heads", under: folder)
        try await JobClips.make([
            "-framerate", "2", "-i", folder.path("frames/vox-%d.png"), "-c:v", "libx264", "-qp", "4", "-pix_fmt",
            "yuv444p", "file:" + folder.path("heads/it's a head.mp4"),
        ])
        let result = try await Command.run(
            Binaries.animoctl,
            [
                "evaluate", folder.path("heads"), "--domain", "vox", "--frames", "3", "--output", folder.path("out"),
                "--videos", "mp4", "--json",
            ], environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        try #require(result.status == 0, "\(result.errors)")
        let document = try JSONValue(parsing: Array(result.output))
        let first = document.objectValue?["comparisons"]?.arrayValue?.first?.objectValue
        #expect(first?["comparison"]?.stringValue == "self identity" && first?["pictures"]?.integerValue == 2)
        let facts = try await JobClips.facts(folder.path("out/self-identity.mp4"))
        #expect(facts["nb_read_frames"] == "2" && facts["r_frame_rate"] == "4/1" && facts["width"] == "768")
        #expect(facts["color_space"] == "bt709" && facts["height"] == "256")
        let made = try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
        #expect(made == ["angles.png", "evaluation.json", "self-identity.mp4", "self-identity.png"])
        #expect(await daemon.stop() == 0)
    }

    /// Frames are evenly spaced from the first to the last, whatever the container says of their number.
    @Test(.enabled(if: JobClips.available, "needs ffmpeg and ffprobe"))
    func framesOfAVideoAreSpacedEvenly() async throws {
        let folder = try TemporaryFolder()
        try await JobClips.counting(50, step: 4, to: folder.path("d.mp4"))
        let frames = try await VideoFrames(folder.path("d.mp4")).spaced(3)
        let greys = try frames.map { Int(try PictureDecoder.decode($0).pixels[0]) }
        try #require(greys.count == 3, "\(greys)")
        // 4 of 25 frames a second: the first, about the middle, about the last.
        #expect(greys[0] <= 16 && abs(greys[1] - 96) <= 30 && greys[2] >= 168, "\(greys)")
        #expect(try await VideoFrames(folder.path("d.mp4")).spaced(100).count >= 8)
    }

    @Test func whatIsNoFolderOfHeadsIsSaid() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("empty"), withIntermediateDirectories: true)
        for (name, status) in [("nowhere", 66), ("empty", 65)] {
            let result = try await Command.run(
                Binaries.animoctl, ["evaluate", folder.path(name), "--domain", "anime"])
            #expect(result.status == status)
        }
        let format = try await Command.run(Binaries.animoctl, ["evaluate", ".", "--sheets", "gif"])
        #expect(format.status == 64 && format.errors.contains("--sheets"))
        let lone = try await Command.run(Binaries.animoctl, ["evaluate", ".", "--across", "."])
        #expect(lone.status == 64)
        for options in [["--videos", "png", "--output", "o"], ["--videos", "mp4"]] {
            let videos = try await Command.run(Binaries.animoctl, ["evaluate", "."] + options)
            #expect(videos.status == 64 && videos.errors.contains("--videos"), "\(videos.errors)")
        }
    }
}
