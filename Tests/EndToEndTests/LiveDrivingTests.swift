import AnimoDemo
import AnimoJSON
import AnimoMotion
import AnimoTestSupport
import Foundation
import Testing

@testable import animoctl

/// Trackers drive the built-in model by the real programs; the tracker is a script that shares nothing with them.
@Suite struct LiveDrivingTests {
    private static let python = URL(fileURLWithPath: "/usr/bin/python3")
    private static let sender = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("tracker_sender.py").path
    private static var available: Bool { FileManager.default.isExecutableFile(atPath: python.path) }

    /// The frames of recorded motion: seconds, a number for each channel or nil, and what tracking says.
    private struct Recording {
        var channels: [String] = []
        var times: [Double] = []
        var poses: [[Double]?] = []
        var tracking: [String] = []

        init(_ text: String) throws {
            let lines = text.split(separator: "\n")
            let first = try #require(lines.first)
            let header = try JSONValue(parsing: Array(first.utf8)).objectValue
            channels = header?["channels"]?.arrayValue?.compactMap(\.stringValue) ?? []
            for line in lines.dropFirst() {
                let object = try #require(try JSONValue(parsing: Array(line.utf8)).objectValue)
                times.append(try #require(object["t"]?.doubleValue))
                poses.append(object["pose"]?.arrayValue?.compactMap(\.doubleValue))
                tracking.append(object["tracking"]?.stringValue ?? "")
            }
        }

        func channel(_ name: String) throws -> [Double] {
            let index = try #require(channels.firstIndex(of: name))
            return poses.compactMap { $0?[index] }
        }

        /// The largest step of an angle between two neighbouring frames, in degrees a second.
        func fastest(_ name: String) throws -> Double {
            let values = try channel(name)
            return zip(values.indices.dropFirst(), zip(values, values.dropFirst())).map { index, pair in
                abs(pair.1 - pair.0) / max(times[index] - times[index - 1], 1.0 / 60)
            }.max() ?? 0
        }
    }

    private func run(
        _ tracker: String, frames: Int, recording: String = "-", commands: String = "",
        _ arguments: [String], daemon: RunningDaemon? = nil, python: URL = Self.python
    ) async throws -> Command {
        try await Command.run(
            python,
            [Self.sender, tracker, "\(frames)", "60", recording, Binaries.animoctl.path] + arguments,
            input: Data(commands.utf8),
            environment: daemon.map {
                ["ANIMO_CONNECT": "unix:\($0.socketPath)", "XDG_CONFIG_HOME": $0.folder.path("config")]
            } ?? [:])
    }

    @Test(
        .enabled(if: available, "needs python3"),
        arguments: ["openseeface", "ifacialmocap", "facemotion3d", "vmc", "livelinkface", "arkit"])
    func listenPrintsWhatATrackerSends(_ tracker: String) async throws {
        try expectRecording(
            try await run(tracker, frames: 180, ["pose", "listen", "--input", tracker, "--count", "60"]))
    }

    /// Packets that other people's packages make, whatever this project's own tests believe of the protocols.
    @Test(.enabled(if: available, "needs python3"))
    func independentSendersAreUnderstood() async throws {
        guard let senders = try await IndependentSenders.installed(by: Self.python) else {
            try Test.cancel("needs python3-venv and PyPI")
        }
        for (sender, input) in [
            ("python-osc-bundles", "vmc"), ("python-osc-messages", "vmc"), ("pylivelinkface", "livelinkface"),
        ] {
            let result = try await run(
                sender, frames: 180, ["pose", "listen", "--input", input, "--count", "60"], python: senders.python)
            try expectRecording(result)
            #expect(result.errors.contains(" 0 refused, 0 foreign"), "\(sender): \(result.errors)")
        }
    }

    private func expectRecording(_ result: Command) throws {
        #expect(result.status == 0, "\(result.errors)")
        let recording = try Recording(result.text)
        #expect(recording.poses.count == 60)
        #expect(recording.poses.allSatisfy { $0?.count == 20 })
        let yaw = try recording.channel("yaw")
        #expect((yaw.max() ?? 0) > 10 && (yaw.max() ?? 0) < 15.1, "\(yaw)")
        #expect(try recording.channel("pitch").allSatisfy { abs($0) < 5.1 })
        #expect(try (recording.channel("mouth_a").max() ?? 0) > 0.5)
        #expect(zip(recording.times, recording.times.dropFirst()).allSatisfy { $0 <= $1 })
        // The header makes it a recording that a stream reads.
        var reader = JSONLineReader(.poses)
        reader.feed(ArraySlice(result.text.utf8))
        var read = 0
        while let driver = try reader.next() {
            guard case .pose = driver else { continue }
            read += 1
        }
        #expect(read == 60)
    }

    @Test(.enabled(if: available, "needs python3"))
    func aTrackerDrivesAHeadThatIsLostAndFound() async throws {
        let daemon = try await RunningDaemon.start()
        let folder = daemon.folder
        try Data(try DemoSamples.file("anime-1.png")).write(to: folder.url.appendingPathComponent("anime-1.png"))
        let result = try await run(
            "openseeface", frames: 180, recording: folder.path("take.jsonl"),
            commands: "30 {\"calibrate\": {\"over_ms\": 100}}\n",
            [
                "stream", "--source", folder.path("anime-1.png"), "--source-domain", "anime", "--input", "openseeface",
                "--relative", "--calibrate", "0", "--record", folder.path("take.jsonl"), "--profile", "test",
                "--timeout", "60",
            ], daemon: daemon)
        #expect(result.status == 130, "\(result.errors)")
        let text = try String(contentsOfFile: folder.path("take.jsonl"), encoding: .utf8)
        let recording = try Recording(text)
        #expect(recording.poses.allSatisfy { $0?.count == 20 })
        // Tracked, idle after a while in which the tracker is silent, and found again; how many frames are rendered in
        // between is up to the machine, so the sender waits for each. Its end is silence again.
        let told = recording.tracking
        let idle = told.firstIndex(of: "idle")
        #expect(told.first == "ok" && idle != nil, "\(told)")
        #expect(idle.map { told[$0...].contains("ok") } == true, "\(told)")
        // The head's own motion is at most 23 degrees a second; nothing pops beyond what blends in.
        let fastest = try recording.fastest("yaw")
        #expect(fastest < 160, "\(fastest)")
        #expect(result.output.starts(with: [0xFF, 0xD8]))
        let profile = try String(contentsOfFile: folder.path("config/animo/profiles/test.json"), encoding: .utf8)
        let kept = try JSONValue(parsing: Array(profile.utf8)).objectValue
        #expect(kept?["relative"]?.boolValue == true)
        #expect(kept?["neutral"]?.arrayValue?.count == 20)
        #expect(await daemon.stop() == 0)
    }

    @Test(
        .enabled(if: available && Fixtures.available, "needs python3 and ../shared"),
        arguments: [("ifacialmocap", ["--mapping", "tha3"]), ("livelinkface", [])])
    func aPhoneDrivesAFigureByItsOwnNumbers(_ tracker: String, _ mapping: [String]) async throws {
        let folder = try TemporaryFolder()
        let checkpoint = try #require(Fixtures.url("families/tha3-small")).path
        let convert = try await Command.run(
            Binaries.animoctl, ["convert", checkpoint, "--output", folder.path("figure.safetensors")])
        #expect(convert.status == 0, "\(convert.errors)")
        let daemon = try await RunningDaemon.start(["--model", "figure=\(folder.path("figure.safetensors"))"])
        let source = try #require(Fixtures.url("families/tha3-sources/anime-2.png")).path
        let result = try await run(
            tracker, frames: 180, recording: folder.path("take.jsonl"),
            [
                "stream", "--source", source, "--input", tracker, "--smooth", "0", "--record",
                folder.path("take.jsonl"), "--timeout", "60",
            ] + mapping, daemon: daemon)
        #expect(result.status == 130, "\(result.errors)")
        #expect(result.output.starts(with: [0xFF, 0xD8]))
        let recording = try Recording(String(contentsOfFile: folder.path("take.jsonl"), encoding: .utf8))
        #expect(recording.channels == PoseLayout.talkingHead3.names)
        #expect(recording.poses.allSatisfy { $0?.count == 45 })
        // 15 degrees to each side are more than the figure turns; the body takes part.
        let turn = try recording.channel("head_y")
        #expect((turn.min() ?? 0) < -0.2 && (turn.min() ?? 0) >= -1, "\(turn)")
        #expect(try (recording.channel("body_y").min() ?? 0) < -0.2)
        #expect(try (recording.channel("mouth_uuu").max() ?? 0) > 0.1)
        #expect(await daemon.stop() == 0)
    }
}
