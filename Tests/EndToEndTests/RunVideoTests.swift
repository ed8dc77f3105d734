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

    /// Case 19: HDR is tone-mapped, and that is said; its colours are measured where frames are read.
    @Test func hdrIsBroughtToAScreensRange() async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.make([
            "-f", "lavfi", "-i", "color=c=white:s=64x48:r=25:d=0.4", "-pix_fmt", "yuv420p", "-c:v", "libx264",
            "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", path("d.mp4"),
        ])
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("d.mp4"), "--output", path("o.mp4")], at: daemon.socket)
        #expect(result.status == 0 && result.errors.contains("HDR"), "\(result.errors)")
        // White of 10,000 cd/m² is white, not grey.
        let white = try await JobClips.middles(path("o.mp4")).first?[1] ?? 0
        #expect(white >= 250, "\(white)")
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

    /// Case 21: a phone's video drives as it is shown, whichever way it was held.
    ///
    /// The turn is the matrix a, b, c, d of the file's track: x′ = ax + cy, y′ = bx + dy. Phones held upright write the
    /// second.
    @Test(arguments: [([1, 0, 0, 1], 40), ([0, 1, -1, 0], 140), ([-1, 0, 0, -1], 190), ([0, -1, 1, 0], 90)])
    func turnedVideosDriveAsTheyAreShown(matrix: [Int32], corner: Int) async throws {
        let daemon = try await RunningFakeServer.start()
        // Upper left 40, upper right 90, lower left 140, lower right 190, as they lie in the file.
        let quarters = [(0, 0, 40), (64, 0, 90), (0, 32, 140), (64, 32, 190)].map { x, y, grey in
            let hex = String(grey, radix: 16)
            return "drawbox=x=\(x):y=\(y):w=64:h=32:c=0x\(hex)\(hex)\(hex):t=fill"
        }
        try await JobClips.make([
            "-f", "lavfi", "-i",
            (["color=c=black:s=128x64:r=25:d=0.2,format=rgb24"] + quarters).joined(separator: ","), "-c:v", "libx264",
            "-qp", "4", "-pix_fmt", "yuv444p", path("d.mov"),
        ])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path("d.mov")))
        // Of a track header of version 0 the matrix lies 44 bytes behind its name's beginning, in 16.16.
        let header = try #require(bytes.range(of: Data("tkhd".utf8))).lowerBound
        for (element, place) in zip(matrix, [0, 4, 12, 16]) {
            let at = header + 44 + place
            withUnsafeBytes(of: (element << 16).bigEndian) { bytes.replaceSubrange(at..<at + 4, with: $0) }
        }
        try bytes.write(to: URL(fileURLWithPath: path("d.mov")))
        try await whole("d.mov", "o.mp4", at: daemon)
        #expect(try await JobClips.facts(path("o.mp4"))["nb_read_frames"] == "5")
        // The stand-in shows the first byte of a driving frame, which is the upper left one of the shown picture.
        for colour in try await JobClips.middles(path("o.mp4")) {
            #expect(abs(colour[1] - corner) <= 7, "\(matrix): \(colour)")
        }
    }

    /// Case 29: a cover is no video, whether it comes first or last.
    @Test(arguments: [true, false]) func aCoverIsNotTakenForTheVideo(isFirst: Bool) async throws {
        let daemon = try await RunningFakeServer.start()
        try await JobClips.counting(6, step: 20, size: "64x32", sound: true, to: path("flat.mp4"))
        let (cover, video) = (["-map", "1:v"], ["-map", "0:v", "-map", "0:a"])
        try await JobClips.make(
            ["-i", path("flat.mp4"), "-i", path("face.png")] + (isFirst ? cover + video : video + cover)
                + ["-c", "copy", "-disposition:v:\(isFirst ? 0 : 1)", "attached_pic", path("cover.mp4")])
        try await whole("cover.mp4", "o.mp4", at: daemon)
        let middles = try await JobClips.middles(path("o.mp4"))
        try #require(middles.count == 6)
        for (number, colour) in middles.enumerated() { #expect(abs(colour[1] - number * 20) <= 7, "\(colour)") }
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
