import AnimoTestSupport
import Foundation
import Testing

/// A job that was stopped goes on, and its files have the bytes of one that was not.
@Suite(.enabled(if: JobClips.available, "needs ffmpeg and ffprobe")) struct RunResumeTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try JobClips.source(to: folder.path("face.png"))
    }

    private func path(_ name: String) -> String { folder.path(name) }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    private func arguments(_ output: String) -> [String] {
        ["--source", path("face.png"), "--driving", path("d.mp4"), "--output", path(output)]
    }

    /// A run in the background.
    private func start(_ arguments: [String], at socket: String) throws -> (process: Process, end: Task<Int32, Never>) {
        let process = Process()
        process.executableURL = Binaries.animoctl
        process.arguments =
            ["run"] + arguments
            + ["--source-domain", "vox", "--driving-domain", "vox", "--connect", "unix:\(socket)", "--json"]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let (ends, continuation) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            continuation.yield(
                process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        let end = Task {
            for await status in ends { return status }
            return Int32(-1)
        }
        return (process, end)
    }

    /// Waits until a job is so far, or at its end.
    private func wait(for output: String, until isFar: (String) -> Bool, or process: Process) async throws {
        while process.isRunning {
            if isFar(path(output) + ".animo-job") { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func lines(_ job: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: job + "/read")) ?? []
        return names.reduce(0) { count, name in
            let text = try? String(contentsOfFile: job + "/read/" + name, encoding: .utf8)
            return count + (text?.split(separator: "\n").count ?? 0)
        }
    }

    private func segments(_ job: String, part: Bool = false) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: job + "/seg/0")) ?? []
        return names.count { part ? $0.hasSuffix(".mp4.part") : $0.hasSuffix(".mp4") }
    }

    private func resumed(_ output: String, at socket: String) async throws {
        let job = path(output) + ".animo-job"
        guard FileManager.default.fileExists(atPath: job) else { return }
        let result = try await JobClips.run(["--resume", job], at: socket, domains: false)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try bytes(output) == bytes("whole.mp4"))
        #expect(!FileManager.default.fileExists(atPath: job))
    }

    /// Cases 17, 18 and 26: killed at several moments, asked to stop, its encoder killed.
    @Test func stoppedJobsGoOnToTheSameBytes() async throws {
        let daemon = try await RunningFakeServer.start(cost: 1)
        try await JobClips.counting(620, step: 1, sound: true, to: path("d.mp4"))
        let whole = try await JobClips.run(arguments("whole.mp4"), at: daemon.socket)
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(try await JobClips.facts(path("whole.mp4"))["nb_read_frames"] == "620")

        let moments: [(String, (String) -> Bool)] = [
            ("reading", { self.lines($0) > 200 }), ("first", { self.segments($0, part: true) > 0 }),
            ("second", { self.segments($0) > 0 }), ("third", { self.segments($0) > 1 }),
        ]
        for (name, isFar) in moments {
            for signal in [SIGKILL, SIGINT] {
                let output = "\(name)-\(signal).mp4"
                let (process, end) = try start(arguments(output), at: daemon.socket)
                try await wait(for: output, until: isFar, or: process)
                kill(process.processIdentifier, signal)
                let status = await end.value
                #expect(status == (signal == SIGKILL ? -SIGKILL : 130) || status == 0, "\(name)")
                // Never a half video under the final name.
                if FileManager.default.fileExists(atPath: path(output)) {
                    #expect(try bytes(output) == bytes("whole.mp4"))
                }
                try await resumed(output, at: daemon.socket)
            }
        }
    }

    /// A recording of so many frames, each another one.
    private func record(_ frames: Int, from first: Int = 0, to name: String) throws {
        var text = "{\"animo_motion\": 1, \"kind\": \"motion\"}\n"
        let zeros = String(repeating: ", 0", count: 69)
        for frame in 0..<frames {
            text += "{\"t\": \(Double(frame) / 25), \"motion\": [\((first + frame) % 200)\(zeros)]}\n"
        }
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// Case 18: at Ctrl-C a segment that takes less than two seconds more becomes whole, another one is dropped.
    @Test(arguments: [true, false]) func aSegmentThatIsNearlyWholeIsFinished(isNearlyWhole: Bool) async throws {
        let daemon = try await RunningFakeServer.start(cost: 20)
        // Of the second segment 30 frames, 0.6 s; of the first 250, 5 s.
        try record(280, to: "m.jsonl")
        let arguments = { ["--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path($0)] }
        let (process, end) = try start(arguments("o.mp4"), at: daemon.socket)
        try await wait(
            for: "o.mp4", until: { segments($0) >= (isNearlyWhole ? 1 : 0) && segments($0, part: true) > 0 },
            or: process)
        process.interrupt()
        #expect(await end.value == 130)
        let job = path("o.mp4.animo-job")
        #expect(segments(job) == (isNearlyWhole ? 2 : 0) && segments(job, part: true) == 0)
        #expect(!FileManager.default.fileExists(atPath: path("o.mp4")))
        guard isNearlyWhole else { return }
        #expect(try await JobClips.run(arguments("whole.mp4"), at: daemon.socket).status == 0)
        try await resumed("o.mp4", at: daemon.socket)
    }

    /// A job that replaces another one under way has nothing of it.
    @Test func aForcedJobTakesNoSegmentsOver() async throws {
        let daemon = try await RunningFakeServer.start(cost: 2)
        try record(600, to: "a.jsonl")
        try record(600, from: 100, to: "b.jsonl")
        func arguments(_ driving: String, _ output: String) -> [String] {
            ["--source", path("face.png"), "--driving", path(driving), "--output", path(output)]
        }
        let (process, end) = try start(arguments("a.jsonl", "o.mp4"), at: daemon.socket)
        try await wait(for: "o.mp4", until: { self.segments($0) > 0 }, or: process)
        kill(process.processIdentifier, SIGKILL)
        _ = await end.value
        let other = try await JobClips.run(arguments("b.jsonl", "o.mp4"), at: daemon.socket)
        #expect(other.status == 65 && other.errors.contains("another job"), "\(other.errors)")
        #expect(try await JobClips.run(arguments("b.jsonl", "o.mp4") + ["--force"], at: daemon.socket).status == 0)
        #expect(try await JobClips.run(arguments("b.jsonl", "whole.mp4"), at: daemon.socket).status == 0)
        #expect(try bytes("o.mp4") == bytes("whole.mp4"))
    }

    /// A forced job that was stopped goes on without being forced again.
    @Test func aForcedJobGoesOn() async throws {
        let daemon = try await RunningFakeServer.start(cost: 2)
        try record(600, to: "m.jsonl")
        let arguments = { ["--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path($0)] }
        #expect(try await JobClips.run(arguments("whole.mp4"), at: daemon.socket).status == 0)
        try Data([5]).write(to: URL(fileURLWithPath: path("o.mp4")))
        let (process, end) = try start(arguments("o.mp4") + ["--force"], at: daemon.socket)
        try await wait(for: "o.mp4", until: { self.segments($0) > 0 }, or: process)
        kill(process.processIdentifier, SIGKILL)
        _ = await end.value
        #expect(segments(path("o.mp4.animo-job")) > 0)
        let result = try await JobClips.run(arguments("o.mp4"), at: daemon.socket)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try bytes("o.mp4") == bytes("whole.mp4"))
    }

    /// A folder that gets a file between two runs: its item has nothing of the one whose number it takes.
    @Test func anItemTakesNoSegmentsOfAnother() async throws {
        let daemon = try await RunningFakeServer.start(cost: 2)
        try record(600, to: "m.jsonl")
        try FileManager.default.createDirectory(atPath: path("heads"), withIntermediateDirectories: true)
        for (name, red) in [("a", 10), ("c", 200)] as [(String, UInt8)] {
            try JobClips.source(red: red, to: path("heads/\(name).png"))
        }
        let arguments = {
            [
                "--source", path("heads"), "--driving", path("m.jsonl"), "--output", path($0), "--format", "mp4",
            ]
        }
        let (process, end) = try start(arguments("out"), at: daemon.socket)
        let second = path("out/out.animo-job/seg/1")
        func hasSegment() -> Bool {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: second)) ?? []
            return names.contains { $0.hasSuffix(".mp4") }
        }
        while process.isRunning, !hasSegment() { try await Task.sleep(for: .milliseconds(5)) }
        kill(process.processIdentifier, SIGKILL)
        _ = await end.value
        #expect(hasSegment())
        try JobClips.source(red: 90, to: path("heads/b.png"))
        for output in ["out", "whole"] {
            let result = try await JobClips.run(arguments(output), at: daemon.socket)
            #expect(result.status == 0, "\(result.errors)")
        }
        for name in ["a", "b", "c"] { #expect(try bytes("out/\(name).mp4") == bytes("whole/\(name).mp4"), "\(name)") }
    }

    /// An encoder or decoder that is killed fails the item; what was done is kept.
    @Test(arguments: ["rawvideo", "pipe:1"])
    func aKilledFFmpegFailsTheItemAlone(argument: String) async throws {
        let daemon = try await RunningFakeServer.start(cost: 2)
        try await JobClips.counting(300, step: 1, to: path("d.mp4"))
        #expect(try await JobClips.run(arguments("whole.mp4"), at: daemon.socket).status == 0)
        let (process, end) = try start(arguments("o.mp4"), at: daemon.socket)
        var killed = false
        while !killed, process.isRunning {
            for child in RunningProcess.all
            where child.name == "ffmpeg" && child.parent == process.processIdentifier {
                let line = (try? String(contentsOfFile: "/proc/\(child.identifier)/cmdline", encoding: .utf8)) ?? ""
                guard line.contains(argument == "pipe:1" ? "pipe:1" : "pipe:0") else { continue }
                killed = kill(child.identifier, SIGKILL) == 0
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let status = await end.value
        #expect(killed && status == 70)
        #expect(!FileManager.default.fileExists(atPath: path("o.mp4")))
        try await resumed("o.mp4", at: daemon.socket)
    }

    /// A daemon that is killed and started anew is waited for.
    @Test func aDaemonThatRestartsIsWaitedFor() async throws {
        let socket = path("s.sock")
        let first = try await RunningFakeServer.start(cost: 2, at: socket)
        try await JobClips.counting(300, step: 1, to: path("d.mp4"))
        #expect(try await JobClips.run(arguments("whole.mp4"), at: socket).status == 0)
        let (process, end) = try start(arguments("o.mp4"), at: socket)
        try await wait(for: "o.mp4", until: { self.segments($0, part: true) > 0 }, or: process)
        first.end()
        let second = try await RunningFakeServer.start(cost: 0, at: socket)
        #expect(await end.value == 0)
        #expect(try bytes("o.mp4") == bytes("whole.mp4"))
        withExtendedLifetime(second) {}
    }

    /// A second run of a job that is under way is told so.
    @Test func aJobHasOneRun() async throws {
        let daemon = try await RunningFakeServer.start(cost: 5)
        try await JobClips.counting(300, step: 1, to: path("d.mp4"))
        let (process, end) = try start(arguments("o.mp4"), at: daemon.socket)
        try await wait(for: "o.mp4", until: { self.lines($0) > 10 }, or: process)
        let second = try await JobClips.run(["--resume", path("o.mp4.animo-job")], at: daemon.socket, domains: false)
        #expect(second.status == 75 && second.errors.contains("another run"), "\(second.errors)")
        process.interrupt()
        #expect(await end.value == 130)
        // An input that has changed meanwhile is not mixed in.
        try JobClips.source(red: 9, to: path("face.png"))
        let changed = try await JobClips.run(["--resume", path("o.mp4.animo-job")], at: daemon.socket, domains: false)
        #expect(changed.status == 65 && changed.errors.contains("has changed"), "\(changed.errors)")
    }

    /// Case 1: memory does not grow with length, and 20,000 frames take less than 150 MB.
    @Test func memoryIsConstant() async throws {
        let daemon = try await RunningFakeServer.start()
        func peak(_ frames: Int) async throws -> Int {
            var text = "{\"animo_motion\": 1, \"kind\": \"motion\"}\n"
            let zeros = String(repeating: ", 0", count: 69)
            for frame in 0..<frames { text += "{\"t\": \(Double(frame) / 25), \"motion\": [\(frame % 200)\(zeros)]}\n" }
            try text.write(toFile: path("m.jsonl"), atomically: true, encoding: .utf8)
            let (process, end) = try start(
                ["--source", path("face.png"), "--driving", path("m.jsonl"), "--output", path("\(frames).mp4")],
                at: daemon.socket)
            var most = 0
            while process.isRunning {
                let status =
                    (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                most = max(most, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(await end.value == 0)
            return most
        }
        let (short, long) = (try await peak(500), try await peak(20_000))
        #expect(long < 150_000 && long < short + 40_000, "\(short) kB, \(long) kB")
    }
}
