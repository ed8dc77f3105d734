import AnimoJSON
import AnimoJobs
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// Folders, pairs, recordings and pictures through `animoctl run`. Those that make pictures need no ffmpeg.
@Suite struct RunBatchTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: String) -> String { folder.path(name) }

    private func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent(name), withIntermediateDirectories: true)
    }

    private func listing(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    /// A motion whose first number is `first`.
    private func motion(_ first: Int) -> String {
        "[" + (["\(first)"] + Array(repeating: "0", count: 69)).joined(separator: ", ") + "]"
    }

    private func recording(_ numbers: [Int?], interval: Double = 0.04, to name: String) throws {
        var text = "{\"animo_motion\": 1, \"kind\": \"motion\"}\n"
        for (index, number) in numbers.enumerated() {
            text += "{\"t\": \(Double(index) * interval), \"motion\": \(number.map(motion) ?? "null")}\n"
        }
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    private func green(_ file: String) throws -> UInt8 {
        try PictureDecoder.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path(file))))).pixels[1]
    }

    /// Cases 14, 15 and 28: names of their own, many at once, each driver read once.
    @Test(.enabled(if: JobClips.available, "needs ffmpeg"))
    func manySourcesShareOneReading() async throws {
        let daemon = try await RunningFakeServer.start()
        try makeFolder("heads")
        try makeFolder("takes")
        for (index, name) in ["mika.png", "mika.jpg", "Rei.png", "note.txt"].enumerated() {
            try JobClips.source(red: UInt8(40 + index * 50), to: path("heads/" + name))
        }
        try await JobClips.counting(10, to: path("takes/talk.mp4"))
        try await JobClips.counting(12, rate: "12", to: path("takes/sing.mkv"))
        let result = try await JobClips.run(
            [
                "--source", path("heads"), "--driving", path("takes"), "--output", path("out"), "--motion-out",
                path("m"),
            ],
            at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("skipped: note.txt"))
        #expect(
            listing("out") == [
                "Rei--sing.mp4", "Rei--talk.mp4", "mika.jpg--sing.mkv.mp4", "mika.jpg--talk.mp4.mp4",
                "mika.png--sing.mkv.mp4", "mika.png--talk.mp4.mp4",
            ])
        #expect(listing("m") == ["sing.jsonl", "talk.jsonl"])
        // Of the basis 17, of each source its own state for each driver, and the frames of both drivers once.
        #expect(try await daemon.calls("Retarget") == 17 + 6 + 10 + 12)
        #expect(try await JobClips.facts(path("out/Rei--sing.mp4"))["r_frame_rate"] == "12/1")
        // What was kept drives again, to the same bytes.
        let again = try await JobClips.run(
            [
                "--source", path("heads/Rei.png"), "--driving", path("m/talk.jsonl"), "--output", path("again.mp4"),
                "--audio", "none",
            ], at: daemon.socket)
        #expect(again.status == 0, "\(again.errors)")
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: path("again.mp4")))
                == Data(contentsOf: URL(fileURLWithPath: path("out/Rei--talk.mp4"))))
    }

    /// Case 27: one failure ends that item alone, and the summary says why.
    @Test func oneFailureDoesNotEndTheBatch() async throws {
        let daemon = try await RunningFakeServer.start()
        try makeFolder("heads")
        for name in ["a.png", "c.png"] { try JobClips.source(to: path("heads/" + name)) }
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path("heads/b.png")))
        try recording([1, 2, 3], to: "m.jsonl")
        let arguments = [
            "--source", path("heads"), "--driving", path("m.jsonl"), "--output", path("out"), "--format", "png",
        ]
        let result = try await JobClips.run(arguments, at: daemon.socket)
        #expect(result.status == 65 && result.errors.contains("2 of 3 items done"), "\(result.errors)")
        #expect(result.errors.contains("out/b: ") && result.errors.contains("--resume"))
        #expect(listing("out/a") == ["000001.png", "000002.png", "000003.png"])
        #expect(listing("out/c").count == 3)
        let status = try await Command.run(Binaries.animoctl, ["run", "--status", path("out/out.animo-job")])
        #expect(status.status == 0 && status.text.contains("2 of 3 items done"), "\(status.text)\(status.errors)")
        // Once the picture is mended the job goes on, and nothing is left of it.
        try JobClips.source(to: path("heads/b.png"))
        let changed = try await JobClips.run(
            ["--resume", path("out/out.animo-job")], at: daemon.socket, domains: false)
        #expect(changed.status == 65 && changed.errors.contains("has changed"), "\(changed.errors)")
        let mended = try await JobClips.run(
            ["--resume", path("out/out.animo-job"), "--force"], at: daemon.socket, domains: false)
        #expect(mended.status == 0, "\(mended.errors)")
        #expect(listing("out") == ["a", "b", "c"] && listing("out/b").count == 3)
    }

    @Test func theFirstFailureEndsItWhereAskedTo() async throws {
        let daemon = try await RunningFakeServer.start()
        try makeFolder("heads")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path("heads/a.png")))
        try JobClips.source(to: path("heads/b.png"))
        try recording([1], to: "m.jsonl")
        let result = try await JobClips.run(
            [
                "--source", path("heads"), "--driving", path("m.jsonl"), "--output", path("out"), "--format", "jpg",
                "--stop-on-error",
            ], at: daemon.socket)
        #expect(result.status == 65 && result.errors.contains("0 of 2 items done"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: path("out/b")))
    }

    /// Case 7: frames without a head are held for a moment and then live, live at once, or end the item; the count
    /// stays, and nothing pops.
    @Test func framesWithoutAHeadKeepTheirPlaces() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        // 0.5 s are 12 frames and a half.
        let numbers = [50, 60] + [Int?](repeating: nil, count: 40) + [Int?](repeating: 150, count: 12)
        try recording(numbers, to: "m.jsonl")
        func run(_ output: String, _ word: String) async throws -> [Int] {
            let result = try await JobClips.run(
                [
                    "--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path(output), "--format",
                    "png", "--on-no-head", word,
                ], at: daemon.socket)
            #expect(result.status == (word == "fail" ? 65 : 0), "\(result.errors)")
            guard word != "fail" else {
                #expect(result.errors.contains("40 frames of the driver without a head"), "\(result.errors)")
                return []
            }
            return try listing(output).map { Int(try green("\(output)/\($0)")) }
        }
        let (held, idle) = (try await run("held", "hold"), try await run("idle", "idle"))
        try #require(held.count == numbers.count && idle.count == numbers.count)
        let isHeld = { (shown: Int) in abs(shown - 60) <= 1 }
        #expect(held[1..<14].allSatisfy(isHeld) && !isHeld(held[30]), "\(held)")
        #expect(isHeld(idle[1]) && !isHeld(idle[12]), "\(idle)")
        for shown in [held, idle] {
            #expect(abs(shown[numbers.count - 1] - 150) <= 1)
            // A change of 200 that glides over 0.3 s has a largest step of 40.
            #expect(zip(shown, shown.dropFirst()).allSatisfy { abs($0 - $1) <= 42 }, "\(shown)")
        }
        _ = try await run("failed", "fail")
    }

    @Test func recordingsAreSampledAtTheirTimes() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        try recording([10, 20, 30], interval: 0.1, to: "m.jsonl")
        let result = try await JobClips.run(
            [
                "--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path("out"), "--format", "png",
                "--rate", "20",
            ], at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try (1...5).map { try green("out/00000\($0).png") } == [10, 10, 20, 20, 30])
    }

    @Test func pairsAndSequencesOfNumbers() async throws {
        let daemon = try await RunningFakeServer.start()
        try makeFolder("list")
        for name in ["a.png", "b.png"] { try JobClips.source(to: path("list/" + name)) }
        try "[\(motion(7)), \(motion(9))]".write(toFile: path("list/m.json"), atomically: true, encoding: .utf8)
        try "source,driving,output\na.png,m.json,one.png\n\"b.png\",a.png,\n".write(
            toFile: path("list/pairs.csv"), atomically: true, encoding: .utf8)
        let result = try await JobClips.run(
            ["--pairs", path("list/pairs.csv"), "--output", path("out"), "--format", "png"], at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        #expect(listing("out") == ["b--a.png", "one.png"])
        #expect(try green("out/one.png/000002.png") == 9)
        // A picture drives one picture: its first byte is 200.
        #expect(abs(Int(try green("out/b--a.png")) - 200) <= 1)
    }

    @Test func aFolderOfPicturesIsASequence() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        try makeFolder("frames")
        for (index, name) in ["f2.png", "f10.png", "f1.png"].enumerated() {
            try JobClips.source(red: UInt8(30 * (index + 1)), to: path("frames/" + name))
        }
        let result = try await JobClips.run(
            ["--source", path("face.png"), "--driving", path("frames"), "--output", path("out"), "--format", "png"],
            at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try (1...3).map { try green("out/00000\($0).png") }.map { Int($0) } == [90, 30, 60])
    }

    @Test func whatExistsIsNotReplacedUnasked() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        try recording([1], to: "m.jsonl")
        try Data([5]).write(to: URL(fileURLWithPath: path("o.mp4")))
        let arguments = ["--source", path("face.png"), "--driving", path("face.png"), "--output", path("o.png")]
        try Data([5]).write(to: URL(fileURLWithPath: path("o.png")))
        let refused = try await JobClips.run(arguments, at: daemon.socket)
        #expect(refused.status == 73 && refused.errors.contains("exists already"), "\(refused.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("o.png"))) == Data([5]))
        #expect(!FileManager.default.fileExists(atPath: path("o.png.animo-job")))
        let forced = try await JobClips.run(arguments + ["--force"], at: daemon.socket)
        #expect(forced.status == 0, "\(forced.errors)")
    }

    /// What another job left under the same name is none of this one's.
    @Test func aForcedJobHasNothingOfTheOneBefore() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        func run(_ numbers: [Int], _ more: [String]) async throws -> Command {
            try recording(numbers, to: "\(numbers.count).jsonl")
            return try await JobClips.run(
                [
                    "--source", path("face.png"), "--driving", path("\(numbers.count).jsonl"), "--output", path("out"),
                    "--format", "png",
                ] + more, at: daemon.socket)
        }
        #expect(try await run([10, 20, 30], []).status == 0)
        #expect(try await run([40, 50], []).status == 73)
        let forced = try await run([40, 50], ["--force"])
        #expect(forced.status == 0, "\(forced.errors)")
        #expect(listing("out") == ["000001.png", "000002.png"])
        #expect(try [1, 2].map { try green("out/00000\($0).png") } == [40, 50])
    }

    @Test func aDryRunMakesNothing() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        try recording([1, 2], to: "m.jsonl")
        let result = try await JobClips.run(
            [
                "--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path("o"), "--format", "png",
                "--dry-run", "--json",
            ], at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        let plan = try JSONValue(parsing: [UInt8](result.output)).objectValue
        let item = plan?["items"]?.arrayValue?.first?.objectValue
        #expect(item?["frames"]?.integerValue == 2 && item?["rate"]?.stringValue == "25/1")
        #expect(!FileManager.default.fileExists(atPath: path("o")))
    }

    @Test func eventsAreJSONLines() async throws {
        let daemon = try await RunningFakeServer.start()
        try JobClips.source(to: path("face.png"))
        try recording([1, 2], to: "m.jsonl")
        let result = try await JobClips.run(
            [
                "--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path("o"), "--format", "png",
                "--json",
            ], at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        let events = try result.text.split(separator: "\n").map { line in
            try JSONValue(parsing: line.utf8).objectValue?["event"]?.stringValue
        }
        #expect(events.filter { $0 != "progress" } == ["item_started", "item_done", "summary"])
    }

    /// Case 22 as far as formats go: alpha that would be lost is refused before anything is made.
    @Test(arguments: [
        (["--alpha", "--format", "mp4"], "mov, webm, png"), (["--from", "2", "--to", "1"], "after --from"),
        (["--jobs", "0"], "1 to 64"), (["--rate", "0"], "frames a second"), (["--calibrate", "5"], "--relative"),
        (["--from", "x"], "HH:MM:SS"), (["--status", "x"], "expected one of"),
    ])
    func badOptionsAreUsage(options: [String], words: String) async throws {
        let result = try await Command.run(
            Binaries.animoctl, ["run", "--source", "a", "--driving", "b", "--output", "c"] + options)
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
    }
}
