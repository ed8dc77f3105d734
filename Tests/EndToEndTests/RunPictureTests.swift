import AnimoDemo
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// Sizes, edges and disks: `animoctl run` with the built-in model.
@Suite struct RunPictureTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Data(DemoSamples.file("vox-1.png")).write(to: folder.url.appendingPathComponent("face.png"))
        try "{\"yaw\": 5}\n{\"yaw\": 15, \"mouth_a\": 1}\n{\"yaw\": 15, \"mouth_a\": 1}\n".write(
            toFile: folder.path("poses.jsonl"), atomically: true, encoding: .utf8)
    }

    private func path(_ name: String) -> String { folder.path(name) }

    private func run(_ arguments: [String], _ daemon: RunningDaemon) async throws -> Command {
        try await Command.run(
            Binaries.animoctl,
            [
                "run", "--source-domain", "vox", "--driving", path("poses.jsonl"), "--connect",
                "unix:\(daemon.socketPath)",
            ]
                + arguments)
    }

    private func picture(_ name: String) throws -> Picture {
        try PictureDecoder.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path(name)))))
    }

    /// Cases 13, 23 and 24: a photograph of odd sides comes back at its own size, and what is not the head as it was.
    @Test func photographsKeepTheirSizeAndSurroundings() async throws {
        let daemon = try await RunningDaemon.start()
        let head = try picture("face.png").overWhite()
        var pixels: [UInt8] = []
        for y in 0..<301 {
            for x in 0..<333 {
                let (u, v) = (x - 40, y - 20)
                if (0..<head.width).contains(u), (0..<head.height).contains(v) {
                    pixels += head.pixels[(v * head.width + u) * 3..<(v * head.width + u) * 3 + 3]
                } else {
                    pixels += [UInt8(x % 251), UInt8(y % 241), 77]
                }
            }
        }
        let photograph = Picture(width: 333, height: 301, layout: .rgb, pixels: pixels)
        try Data(PictureEncoder.encode(photograph, as: .png)).write(to: URL(fileURLWithPath: path("photo.png")))
        let box = ["--source", path("photo.png"), "--crop", "box=40,20,\(head.width),\(head.height)", "--paste-back"]
        let result = try await run(box + ["--output", path("out"), "--format", "png"], daemon)
        #expect(result.status == 0, "\(result.errors)")
        let drawn = try picture("out/000002.png")
        #expect(drawn.width == 333 && drawn.height == 301)
        var changed = 0
        for place in 0..<333 * 301 {
            let (x, y) = (place % 333 - 40, place / 333 - 20)
            let isInside = (0..<head.width).contains(x) && (0..<head.height).contains(y)
            let isSame = (0..<3).allSatisfy { drawn.pixels[place * 3 + $0] == photograph.pixels[place * 3 + $0] }
            if !isInside { #expect(isSame) }
            if !isSame { changed += 1 }
        }
        #expect(changed > 1000)
        // The third pose is the second: the same picture, byte for byte.
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: path("out/000003.png")))
                == Data(contentsOf: URL(fileURLWithPath: path("out/000002.png"))))
        guard JobClips.available else { return }
        let video = try await run(box + ["--output", path("o.mp4")], daemon)
        #expect(video.status == 0 && video.errors.contains("333×301: odd sides"), "\(video.errors)")
        let facts = try await JobClips.facts(path("o.mp4"))
        #expect(facts["width"] == "334" && facts["height"] == "302" && facts["nb_read_frames"] == "3")
    }

    /// Case 23: a size that was asked for is the size that comes.
    @Test func sizesAreWhatWasAskedFor() async throws {
        let daemon = try await RunningDaemon.start()
        let result = try await run(
            ["--source", path("face.png"), "--size", "512", "--output", path("out"), "--format", "jpg"], daemon)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try picture("out/000001.jpg").width == 512)
    }

    /// Case 22: alpha of a cut-out head is in every format that can keep it, frame by frame.
    @Test(.enabled(if: JobClips.available, "needs ffmpeg and ffprobe")) func alphaIsKept() async throws {
        let daemon = try await RunningDaemon.start()
        var figure = try picture("face.png").overWhite().opaque()
        for y in 0..<figure.height {
            for x in 0..<figure.width {
                let (u, v) = (Double(2 * x - figure.width), Double(2 * y - figure.height))
                let inside = 0.8 * Double(figure.width) - (u * u + v * v).squareRoot()
                figure.pixels[(y * figure.width + x) * 4 + 3] = UInt8(min(max(inside * 8, 0), 255))
            }
        }
        try Data(PictureEncoder.encode(figure, as: .png)).write(to: URL(fileURLWithPath: path("figure.png")))
        func make(_ output: String, _ options: [String]) async throws {
            let result = try await run(["--source", path("figure.png"), "--output", path(output)] + options, daemon)
            try #require(result.status == 0, "\(result.errors)")
        }
        try await make("out", ["--format", "png", "--alpha"])
        let pictures = try (1...3).map { try picture("out/00000\($0).png") }
        try #require(pictures.allSatisfy { $0.layout == .rgba })
        // Clear corners, an opaque middle, and something between.
        let alphas = Set(stride(from: 3, to: pictures[0].pixels.count, by: 4).map { pictures[0].pixels[$0] })
        #expect(alphas.contains(0) && alphas.contains(255) && alphas.count > 16)
        #expect(pictures[0] != pictures[1] && pictures[1] == pictures[2])
        // ProRes has 16 bits of alpha; VP9 loses some.
        for (name, codec, most, mean) in [("o.mov", "prores", 1, 0.5), ("o.webm", "vp9", 24, 1.0)] {
            try await make(name, ["--alpha"])
            let facts = try await JobClips.facts(path(name))
            #expect(facts["codec_name"] == codec && facts["nb_read_frames"] == "3", "\(facts)")
            let frames = try await JobClips.frames(path(name), codec: codec == "vp9" ? "libvpx-vp9" : nil)
            try #require(frames.count == 3 * pictures[0].pixels.count, "\(name)")
            for (number, wanted) in pictures.enumerated() {
                var (worst, sum) = (0, 0)
                for place in stride(from: 3, to: wanted.pixels.count, by: 4) {
                    let step = abs(Int(frames[number * wanted.pixels.count + place]) - Int(wanted.pixels[place]))
                    (worst, sum) = (max(worst, step), sum + step)
                }
                #expect(worst <= most, "\(name): \(worst)")
                #expect(Double(sum) / Double(wanted.pixels.count / 4) < mean, "\(name)")
            }
        }
        // Over white where the format has none, or where it was not asked for.
        try await make("flat.mp4", [])
        #expect(try await JobClips.facts(path("flat.mp4"))["pix_fmt"] == "yuv420p")
        let lost = try await run(
            ["--source", path("figure.png"), "--output", path("lost.mp4"), "--alpha"], daemon)
        #expect(lost.status == 64 && lost.errors.contains("mov, webm, png"), "\(lost.errors)")
        #expect(!FileManager.default.fileExists(atPath: path("lost.mp4")))
    }

    /// Case 18: a full disk fails the item, and what was done stays.
    @Test(.enabled(if: getuid() == 0 && Command.find("unshare") != nil, "needs root and unshare"))
    func aFullDiskIsSaid() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("dot.png"))
        let zeros = String(repeating: ", 0.125", count: 69)
        var text = "{\"animo_motion\": 1, \"kind\": \"motion\"}\n"
        for frame in 0..<2000 { text += "{\"t\": \(frame), \"motion\": [\(frame % 200)\(zeros)]}\n" }
        try text.write(toFile: path("m.jsonl"), atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: path("small"), withIntermediateDirectories: false)
        let script =
            "mount -t tmpfs -o size=256k none \"$1\" || exit 99; shift; \"$@\"; status=$?; ls \"$OUT\" >&2; exit $status"
        let result = try await Command.run(
            try #require(Command.find("unshare")),
            [
                "-m", "sh", "-c", script, "sh", path("small"), Binaries.animoctl.path, "run", "--source",
                path("dot.png"),
                "--source-domain", "vox", "--driving", path("m.jsonl"), "--output", path("small/o"), "--format", "png",
                "--connect", "unix:\(daemon.socket)",
            ], environment: ["OUT": path("small/o")])
        guard result.status != 99 else { return }  // a container that may not mount
        #expect(result.status == 73, "\(result.errors)")
        #expect(
            result.errors.contains("No space left on device") && result.errors.contains("o.animo-job"),
            "\(result.errors)")
    }
}
