import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// Videos through `animoctl run`: what users of other tools ran into. Clips are made by ffmpeg at test time.
@Suite(.enabled(if: JobClips.available, "needs ffmpeg and ffprobe")) struct RunVideoTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try JobClips.source(to: folder.path("face.png"))
    }

    private func path(_ name: String) -> String { folder.path(name) }

    /// Runs a job of one item and expects it to be whole.
    private func whole(_ driving: String, _ output: String, _ more: [String] = [], at daemon: RunningFakeServer)
        async throws
    {
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path(driving), "--output", path(output)] + more,
            at: daemon.socket)
        try #require(result.status == 0, "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: path(output) + ".animo-job"))
        #expect(!FileManager.default.fileExists(atPath: path(output) + ".part"))
    }

    /// Cases 2, 5 and 6: 29.97 stays an exact fraction, no frame is lost, nothing gets slower.
    @Test(arguments: [("30000/1001", 31), ("25", 50), ("12", 13), ("60", 251)])
    func rateAndCountAreTheDrivers(rate: String, frames: Int) async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(frames, rate: rate, step: 1, to: path("d.mp4"))
        try await whole("d.mp4", "o.mp4", at: daemon)
        let facts = try await JobClips.facts(path("o.mp4"))
        #expect(facts["nb_read_frames"] == "\(frames)")
        #expect(facts["r_frame_rate"] == (rate.contains("/") ? rate : rate + "/1"))
    }

    /// Every output frame shows the driving frame of its own number.
    @Test func framesAreInTheirPlaces() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(60, to: path("d.mp4"))
        try await whole("d.mp4", "o.mp4", ["--jobs", "5"], at: daemon)
        let middles = try await JobClips.middles(path("o.mp4"))
        #expect(middles.count == 60)
        for (number, colour) in middles.enumerated() {
            #expect(abs(colour[0] - 200) <= 6 && abs(colour[1] - number * 4) <= 7, "\(number): \(colour)")
        }
    }

    /// Cases 3 and 5: another rate repeats and drops by time, and lasts as long.
    @Test func anotherRateLastsAsLong() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(30, rate: "15", to: path("d.mp4"))
        try await whole("d.mp4", "o.mp4", ["--rate", "25"], at: daemon)
        let facts = try await JobClips.facts(path("o.mp4"))
        #expect(facts["nb_read_frames"] == "50" && facts["r_frame_rate"] == "25/1")
    }

    /// Case 4: frames at variable times are brought to a steady rate, by time.
    @Test func variableRatesBecomeSteady() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.make([
            "-f", "lavfi", "-i", "color=c=gray:s=64x48:r=30:d=2", "-vf", "select='not(mod(n,3))+lt(n,20)'", "-vsync",
            "vfr", "-c:v", "libx264", path("d.mp4"),
        ])
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("d.mp4"), "--output", path("o.mp4")], at: daemon.socket)
        #expect(result.status == 0 && result.errors.contains("variable times"), "\(result.errors)")
        let facts = try await JobClips.facts(path("o.mp4"))
        let (count, rate) = (Double(facts["nb_read_frames"] ?? "") ?? 0, facts["r_frame_rate"] ?? "")
        #expect(rate == "24000/1001" || rate == "24/1" || rate == "25/1" || rate == "30/1", "\(rate)")
        #expect(abs((Double(facts["duration"] ?? "") ?? 0) - 2) < 0.15 && count >= 45, "\(facts)")
    }

    /// Cases 8 and 12: sound stays where it is; a driver without any makes a file without any.
    @Test func soundStaysInPlace() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(50, sound: true, to: path("plain.mp4"))
        // The video begins half a second after its sound.
        try await JobClips.make([
            "-itsoffset", "0.52", "-i", path("plain.mp4"), "-i", path("plain.mp4"), "-map", "0:v", "-map", "1:a", "-c",
            "copy", path("late.mkv"),
        ])
        try await whole("late.mkv", "o.mp4", at: daemon)
        let (video, sound) = (
            try await JobClips.facts(path("o.mp4")), try await JobClips.facts(path("o.mp4"), "a:0")
        )
        #expect(sound["codec_name"] == "aac")
        let frames = Int(video["nb_read_frames"] ?? "") ?? 0
        #expect((62...64).contains(frames), "\(video)")
        #expect(abs(Double(sound["start_time"] ?? "9") ?? 9) < 0.05)
        try await JobClips.counting(10, to: path("mute.mp4"))
        try await whole("mute.mp4", "mute-o.mp4", at: daemon)
        #expect(try await JobClips.facts(path("mute-o.mp4"), "a:0").isEmpty)
        try await whole("plain.mp4", "none.mp4", ["--audio", "none"], at: daemon)
        #expect(try await JobClips.facts(path("none.mp4"), "a:0").isEmpty)
    }

    /// Sound and pictures are cut at the same places; sound that a container refuses is encoded anew.
    @Test func partsOfADriver() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(60, sound: true, to: path("d.mp4"))
        try await whole("d.mp4", "o.webm", ["--from", "0.4", "--to", "00:00:01.6"], at: daemon)
        let (video, sound) = (
            try await JobClips.facts(path("o.webm")), try await JobClips.facts(path("o.webm"), "a:0")
        )
        #expect(video["nb_read_frames"] == "30" && video["codec_name"] == "vp9" && sound["codec_name"] == "opus")
        let middles = try await JobClips.middles(path("o.webm"))
        #expect(abs(middles[0][1] - 40) <= 8 && abs(middles[29][1] - 156) <= 8, "\(middles)")
    }

    /// Cases 9 and 10: names with anything in them.
    @Test func namesMayHoldAnything() async throws {
        let daemon = try await RunningFakeServer.start()
        let names = ["it's [50%] & more;$(x).mp4", "初音ミク のうた.mp4", "-dash.mp4", "%06d.mp4", "a:b,c.mp4"]
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("d r'i"), withIntermediateDirectories: true)
        for name in names { try await JobClips.counting(4, to: path("d r'i/" + name)) }
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("d r'i"), "--output", path("ö u't")], at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        let made = try FileManager.default.contentsOfDirectory(atPath: path("ö u't"))
        #expect(Set(made) == Set(names))
    }

    /// Case 11: found out before the work, not after it.
    @Test func aMissingProgramIsFoundOutAtOnce() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(4, to: path("d.mp4"))
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("d.mp4"), "--output", path("o.mp4")], at: daemon.socket,
            environment: ["PATH": "/nonexistent"])
        #expect(result.status == 69 && result.errors.contains("ffmpeg is missing"), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2)
        #expect(try await daemon.calls("Retarget") == 0)
    }

    /// Cases 16 and 30: a file that ends early gives what is there of it, and says so.
    @Test func aFileThatEndsEarlyIsDoneInPart() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(60, to: path("whole.mkv"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path("whole.mkv")))
        try bytes.prefix(bytes.count * 2 / 3).write(to: URL(fileURLWithPath: path("cut.mkv")))
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("cut.mkv"), "--output", path("o.mp4")], at: daemon.socket)
        #expect(result.status == 65 && result.errors.contains("in part"), "\(result.errors)")
        let frames = Int(try await JobClips.facts(path("o.mp4"))["nb_read_frames"] ?? "") ?? 0
        #expect((2..<60).contains(frames))
        try Data([0, 0, 0, 1]).write(to: URL(fileURLWithPath: path("no.mp4")))
        let broken = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("no.mp4"), "--output", path("p.mp4")], at: daemon.socket)
        #expect(broken.status == 65 && !FileManager.default.fileExists(atPath: path("p.mp4")))
    }

    /// Case 19: HDR is tone-mapped, and that is said.
    @Test func hdrIsBroughtToAScreensRange() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.make([
            "-f", "lavfi", "-i", "color=c=white:s=64x48:r=25:d=0.4", "-pix_fmt", "yuv420p", "-c:v", "libx264",
            "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", path("d.mp4"),
        ])
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("d.mp4"), "--output", path("o.mp4")], at: daemon.socket)
        #expect(result.status == 0 && result.errors.contains("HDR"), "\(result.errors)")
    }

    /// Case 20: colours come back, and the file says which they are.
    @Test func coloursAreTagged() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(3, step: 60, to: path("d.mp4"))
        for name in ["o.mp4", "o.mov", "o.mkv"] {
            try await whole("d.mp4", name, at: daemon)
            let facts = try await JobClips.facts(path(name))
            #expect(facts["color_space"] == "bt709" && facts["color_primaries"] == "bt709")
            #expect(facts["color_transfer"] == "iec61966-2-1" && facts["color_range"] == "tv")
            #expect(abs(try await JobClips.middles(path(name))[2][1] - 120) <= 4)
        }
    }

    /// Cases 21 and 29: turned videos and covers.
    @Test func turnedVideosAndCoversAreRead() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(6, size: "64x32", sound: true, to: path("flat.mp4"))
        try await JobClips.make([
            "-i", path("flat.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", path("turned.mp4"),
        ])
        try await JobClips.make([
            "-i", path("flat.mp4"), "-i", path("face.png"), "-map", "1:v", "-map", "0:v", "-map", "0:a", "-c", "copy",
            "-disposition:v:0", "attached_pic", path("cover.mp4"),
        ])
        for name in ["turned.mp4", "cover.mp4"] {
            try await whole(name, "o-" + name, at: daemon)
            #expect(try await JobClips.facts(path("o-" + name))["nb_read_frames"] == "6")
        }
    }

    /// Frames that are equal byte for byte are read once, and drawn once.
    @Test func aStillVideoIsReadOnce() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.make([
            "-f", "lavfi", "-i", "color=c=gray:s=64x48:r=25:d=2", "-c:v", "libx264", "-qp", "0", path("d.mp4"),
        ])
        let before = try await daemon.calls("Retarget")
        try await whole("d.mp4", "o.gif", at: daemon)
        // The basis and the source's own state are read too.
        #expect(try await daemon.calls("Retarget") - before <= 17 + 1 + 2)
        #expect(try await JobClips.facts(path("o.gif"))["codec_name"] == "gif")
    }
}
