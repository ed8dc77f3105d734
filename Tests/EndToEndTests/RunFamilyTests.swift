import AnimoDemo
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// `animoctl run` with the other families: every frame is what a call of its own renders of the same driver.
@Suite(.enabled(if: Fixtures.available, "needs ../shared")) struct RunFamilyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for number in 1...3 {
            try Data(DemoSamples.file("vox-driving-\(number).png")).write(
                to: folder.url.appendingPathComponent("vox-\(number).png"))
        }
    }

    private func path(_ name: String) -> String { folder.path(name) }

    private func serve(_ checkpoint: String, _ options: [String] = []) async throws -> RunningDaemon {
        let converted = try await Command.run(
            Binaries.animoctl,
            [
                "convert", try #require(Fixtures.url("families/\(checkpoint)")).path, "--output",
                path("model.safetensors"),
            ]
                + options)
        try #require(converted.status == 0, "\(converted.errors)")
        return try await RunningDaemon.start(["--model", path("model.safetensors")])
    }

    @discardableResult
    private func animoctl(_ arguments: [String], _ daemon: RunningDaemon, status: Int32 = 0) async throws -> Command {
        let result = try await Command.run(
            Binaries.animoctl, arguments, environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        try #require(result.status == status, "\(arguments): \(result.errors)")
        return result
    }

    private func picture(_ name: String) throws -> Picture {
        try PictureDecoder.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path(name)))))
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// Frames of the job in `out`, each against a call of its own.
    private func expect(
        _ frames: Int, of source: String, _ daemon: RunningDaemon, _ driver: (Int) throws -> [String]
    ) async throws {
        var before: Picture?
        for frame in 1...frames {
            let alone = ["reenact", "--source", source, "--output", path("alone.png")]
            try await animoctl(alone + (try driver(frame)), daemon)
            let drawn = try picture("out/00000\(frame).png")
            #expect(drawn == (try picture("alone.png")), "frame \(frame)")
            // Pictures that never change would prove nothing.
            #expect(drawn != before)
            before = drawn
        }
        #expect(!FileManager.default.fileExists(atPath: path("out/out.animo-job")))
    }

    @Test func talkingHeadAnimeIsDrivenByPoses() async throws {
        let daemon = try await serve("tha3-small")
        let source = try #require(Fixtures.url("families/tha3-sources/anime-2.png")).path
        let poses = [#"{"yaw": 12, "mouth_a": 1}"#, #"{"pitch": -8, "eye_closed_left": 1}"#]
        try write(poses.joined(separator: "\n") + "\n", to: "poses.jsonl")
        for (number, pose) in poses.enumerated() { try write(pose, to: "pose-\(number + 1).json") }
        try await animoctl(
            [
                "run", "--source", source, "--driving", path("poses.jsonl"), "--output", path("out"), "--format",
                "png", "--alpha",
            ], daemon)
        try await expect(2, of: source, daemon) { ["--pose", path("pose-\($0).json")] }
        #expect(try picture("out/000001.png").layout == .rgba)
        let size = try await animoctl(
            [
                "run", "--source", source, "--driving", path("poses.jsonl"), "--output", path("large"), "--format",
                "png", "--size", "1024",
            ], daemon, status: 64)
        #expect(size.errors.contains("--size: the family tha3"), "\(size.errors)")
        #expect(await daemon.stop() == 0)
    }

    @Test(arguments: [false, true]) func firstOrderMotionIsDrivenByPictures(isRelative: Bool) async throws {
        let daemon = try await serve("fomm-small.pth.tar", ["--native-size", "128"])
        try FileManager.default.createDirectory(atPath: path("frames"), withIntermediateDirectories: false)
        for number in 1...3 {
            try FileManager.default.copyItem(
                atPath: path("vox-\(number).png"), toPath: path("frames/\(number).png"))
        }
        let relative = isRelative ? ["--relative", "--adapt-scale"] : []
        try await animoctl(
            [
                "run", "--source", path("vox-2.png"), "--driving", path("frames"), "--output", path("out"),
                "--format", "png",
            ] + relative, daemon)
        let neutral = isRelative ? ["--neutral", path("frames/1.png"), "--adapt-scale"] : []
        try await expect(3, of: path("vox-2.png"), daemon) { ["--driving", path("frames/\($0).png")] + neutral }
        let control = try await animoctl(
            [
                "run", "--source", path("vox-2.png"), "--driving", path("frames"), "--output", path("still"),
                "--format", "png", "--still-head",
            ], daemon, status: 65)
        #expect(control.errors.contains("groups cannot be told apart"), "\(control.errors)")
        #expect(await daemon.stop() == 0)
    }

    /// Each picture is rendered from a window of 27 motions; before the first and after the last the outermost one
    /// stands.
    @Test func pirendererIsDrivenByMotions() async throws {
        let daemon = try await serve("pirender-small.pt", ["--native-size", "64"])
        var motions: [[Float]] = []
        for frame in 0..<3 {
            let steps: [Int] = (0..<73).map { number in (number * 37 + frame * 11) % 19 - 9 }
            motions.append(steps.map { step in Float(step) / 20 })
        }
        let text = { (values: [Float]) in "[" + values.map { "\($0)" }.joined(separator: ", ") + "]" }
        var lines = "{\"animo_motion\": 1, \"kind\": \"motion\"}\n"
        for (frame, values) in motions.enumerated() {
            lines += "{\"t\": \(Double(frame) / 25), \"motion\": \(text(values))}\n"
            var window: [Float] = []
            for place in frame - 13...frame + 13 { window += motions[min(max(place, 0), 2)] }
            try write(text(window), to: "window-\(frame + 1).json")
        }
        try write(lines, to: "motion.jsonl")
        try await animoctl(
            [
                "run", "--source", path("vox-1.png"), "--driving", path("motion.jsonl"), "--output", path("out"),
                "--format", "png",
            ], daemon)
        try await expect(3, of: path("vox-1.png"), daemon) { ["--motion", path("window-\($0).json")] }
        // Coefficients as PIRenderer's authors store them.
        let coefficients = try #require(Fixtures.url("field/pirender-coeff-1x257.mat")).path
        try await animoctl(
            [
                "run", "--source", path("vox-1.png"), "--driving", coefficients, "--output", path("out"), "--format",
                "png", "--force",
            ], daemon)
        try await expect(1, of: path("vox-1.png"), daemon) { _ in ["--motion", coefficients] }
        #expect(await daemon.stop() == 0)
    }

    /// An identity of its own takes no source, so there is nothing to animate; and no flow brings its pictures to
    /// another size.
    @Test func latentPosesAreRefusedInWords() async throws {
        let daemon = try await serve("lpd-small.pth", ["--native-size", "256"])
        let driver = ["--driving", path("vox-1.png")]
        let run = try await animoctl(
            ["run", "--source", path("vox-2.png"), "--output", path("o.png")] + driver, daemon, status: 64)
        #expect(run.errors.contains("an identity of its own"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: path("o.png")))
        for (options, words) in [
            (["--size", "512"], "--size: the family lpd"), (["--detail", "flow"], "--detail flow: the family"),
            (["--paste-back", "--paste", "motion"], "--paste motion: the family"),
        ] {
            let refused = try await animoctl(
                ["reenact", "--output", path("o.png")] + driver + options, daemon, status: 64)
            #expect(refused.errors.contains(words) && refused.errors.contains("the family lpd"), "\(refused.errors)")
        }
        try await animoctl(["reenact", "--output", path("o.png")] + driver, daemon)
        #expect(await daemon.stop() == 0)
    }
}
