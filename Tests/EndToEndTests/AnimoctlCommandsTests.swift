import AnimoCLI
import AnimoDemo
import AnimoJSON
import AnimoPictures
import AnimoTestSupport
import AnimoVideo
import AnimoWire
import Foundation
import Testing

/// The real `animoctl` against the real `animod`.
@Suite struct AnimoctlCommandsTests {
    /// A daemon and a folder with sample files in it.
    private struct Stage {
        let daemon: RunningDaemon
        let folder: TemporaryFolder

        init() async throws {
            daemon = try await RunningDaemon.start()
            folder = daemon.folder
            for name in ["anime-1.png", "vox-driving-1.png"] {
                try Data(try DemoSamples.file(name)).write(to: folder.url.appendingPathComponent(name))
            }
        }

        /// Runs animoctl in the folder's terms: `@name` is a file there.
        func animoctl(_ arguments: String..., input: String = "") async throws -> Command {
            let expanded = arguments.map { $0.hasPrefix("@") ? folder.path(String($0.dropFirst())) : $0 }
            return try await Command.run(
                Binaries.animoctl, expanded, input: Data(input.utf8),
                environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        }

        func picture(_ name: String) throws -> Picture {
            try PictureDecoder.decode(Array(try Data(contentsOf: folder.url.appendingPathComponent(name))))
        }

        func end() async { #expect(await daemon.stop() == 0) }
    }

    private static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    private static let anime = ["--source", "@anime-1.png", "--source-domain", "anime"]

    @Test func saysWhatTheDaemonIsAndDoes() async throws {
        let stage = try await Stage()
        let describe = try await stage.animoctl("describe", "--json")
        #expect(describe.status == 0)
        let described = try JSONValue(parsing: Array(describe.output)).objectValue
        let model = described?["models"]?.arrayValue?.first?.objectValue
        #expect(model?["channels"]?.arrayValue?.count == 20)
        #expect(model?["builtin"]?.boolValue == true)
        #expect(try await stage.animoctl("describe").text.contains("yaw"))

        #expect(try await stage.animoctl("health", "--ready").status == 0)
        #expect(try await stage.animoctl("health", "--live").text == "serving\n")
        let status = try await stage.animoctl("status", "--json")
        #expect(try JSONValue(parsing: Array(status.output)).objectValue?["state"]?.stringValue == "serving")
        let verify = try await stage.animoctl("verify", "--json")
        #expect(verify.status == 0, "\(verify.text)")
        await stage.end()
        #expect(try await stage.animoctl("health").status == 69)
    }

    @Test func editsAndReenacts() async throws {
        let stage = try await Stage()
        let edit = try await stage.animoctl(
            "edit", "--source", "@anime-1.png", "--source-domain", "anime", "--set", "yaw=99", "mouth_a=0.5",
            "--output", "@edit.png", "--json")
        #expect(edit.status == 0, "\(edit.errors)")
        #expect(edit.errors.contains("yaw: 99 is out of range"))
        #expect(try stage.picture("edit.png").width == 256)
        let pose = try JSONValue(parsing: Array(edit.output)).objectValue?["pose"]?.objectValue
        #expect(pose?["mouth_a"]?.doubleValue == 0.5)

        let retarget = try await stage.animoctl(
            "retarget", "--driving", "@vox-driving-1.png", "--driving-domain", "vox", "--json")
        #expect(retarget.status == 0, "\(retarget.errors)")
        try retarget.output.write(to: stage.folder.url.appendingPathComponent("pose.json"))
        let byPose = try await stage.animoctl(
            "reenact", "--source", "@anime-1.png", "--source-domain", "anime", "--pose", "@pose.json", "--size", "256",
            "--output", "@posed.jpg")
        #expect(byPose.status == 0, "\(byPose.errors)")
        #expect(try stage.picture("posed.jpg").width == 256)
        let byFrame = try await stage.animoctl(
            "reenact", "--source", "@anime-1.png", "--source-domain", "anime", "--driving", "@vox-driving-1.png",
            "--driving-domain", "vox", "--paste-back", "--output", "-")
        #expect(byFrame.status == 0, "\(byFrame.errors)")
        #expect(try PictureDecoder.decode(Array(byFrame.output)).width == 256)
        await stage.end()
    }

    @Test func sweepsIntoASheet() async throws {
        let stage = try await Stage()
        let sweep = try await stage.animoctl(
            "sweep", "--source", "@anime-1.png", "--source-domain", "anime", "--vary", "pitch=-5:5:2", "--vary",
            "yaw=-15:15:3", "--output", "@sheet.png")
        #expect(sweep.status == 0, "\(sweep.errors)")
        #expect(try stage.picture("sheet.png").width > 3 * 256)
        await stage.end()
    }

    @Test func everyFailureHasItsExitCode() async throws {
        let stage = try await Stage()
        let cases: [(Int, [String])] = [
            (64, ["--set", "yaw=1", "--output", "@a.gif"]),
            (65, ["--set", "jaw=1", "--output", "@a.png"]),
            (65, ["--set", "yaw=99", "--out-of-range", "refuse", "--output", "@a.png"]),
            (66, ["--set", "yaw=1", "--model", "none", "--output", "@a.png"]),
            (66, ["--base", "@none.json", "--output", "@a.png"]),
            (69, ["--set", "yaw=1", "--output", "@a.png", "--connect", "unix:/nowhere.sock"]),
            (73, ["--set", "yaw=1", "--output", "/nowhere/a.png"]),
        ]
        for (status, arguments) in cases {
            let expanded = (["edit"] + Self.anime + arguments).map {
                $0.hasPrefix("@") ? stage.folder.path(String($0.dropFirst())) : $0
            }
            let result = try await Command.run(
                Binaries.animoctl, expanded, environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
            #expect(result.status == status, "\(arguments): \(result.errors)")
            #expect(result.errors.hasPrefix("animoctl: "))
        }
        let unknown = try await stage.animoctl(
            "edit", "--source", "@anime-1.png", "--source-domain", "anime", "--set", "yow=1", "--output", "@a.png")
        #expect(unknown.errors.contains("yaw"))
        let domain = try await stage.animoctl(
            "edit", "--source", "@anime-1.png", "--set", "yaw=1", "--output", "@a.png")
        #expect(domain.status == 64)
        await stage.end()
    }

    @Test func streamsEveryPoseInOrder() async throws {
        let stage = try await Stage()
        let poses = (0..<20).map { "{\"yaw\": \($0 - 10)}" }.joined(separator: "\n")
        let raw = try await stage.animoctl(
            "stream", "--source", "@anime-1.png", "--source-domain", "anime", "--input", "poses", "--output", "rgb24",
            input: poses)
        #expect(raw.status == 0, "\(raw.errors)")
        #expect(raw.output.count == 20 * 256 * 256 * 3)

        let video = try await stage.animoctl(
            "stream", "--source", "@anime-1.png", "--source-domain", "anime", "--input", "poses", "--output", "y4m",
            "--size", "64", input: poses + "\nnonsense\n{}\n")
        #expect(video.status == 65)
        #expect(video.errors.contains("line 21"))
        var reader = Y4MReader()
        reader.append(Array(video.output))
        var count = 0
        while let picture = try reader.next() {
            #expect(picture.width == 64)
            count += 1
        }
        #expect(count == 22, "the frame that failed holds the picture before")
        await stage.end()
    }

    @Test func streamsFramesOfOthers() async throws {
        let stage = try await Stage()
        let picture = try stage.picture("vox-driving-1.png")
        let jpeg = try PictureEncoder.encode(picture, as: .jpeg, quality: 90)
        let file = stage.folder.path("in.mjpeg")
        try Data(jpeg + jpeg + jpeg).write(to: URL(fileURLWithPath: file))
        let script = """
            set -o pipefail
            cat "$1" | "$0" stream --source "$2" --source-domain anime --driving-domain vox >"$3"
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"),
            [
                "-c", script, Binaries.animoctl.path, file, stage.folder.path("anime-1.png"),
                stage.folder.path("out.mjpeg"),
            ], environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.status == 0, "\(result.errors)")
        var splitter = MJPEGSplitter()
        splitter.append(Array(try Data(contentsOf: stage.folder.url.appendingPathComponent("out.mjpeg"))))
        var count = 0
        while let frame = try splitter.next() {
            #expect(try PictureDecoder.decode(frame).width == 256)
            count += 1
        }
        #expect(count == 3)
        await stage.end()
    }

    @Test func aReaderThatGoesAwayEndsItQuietly() async throws {
        let stage = try await Stage()
        let script = """
            set -o pipefail
            "$0" pose sample --count 5000 | "$0" stream --source "$1" --source-domain anime --input poses \
              | head -c 2000 >/dev/null
            echo "${PIPESTATUS[1]}"
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"),
            ["-c", script, Binaries.animoctl.path, stage.folder.path("anime-1.png")],
            environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.text == "0\n", "\(result.errors)")
        #expect(result.errors.isEmpty)
        await stage.end()
    }

    @Test func interruptionIs130() async throws {
        let stage = try await Stage()
        // Standard input stays open and silent: what is interrupted waits in a read.
        let script = """
            mkfifo "$2/in" "$2/out"
            exec 3<>"$2/in" 4<>"$2/out"
            "$0" stream --source "$1" --source-domain anime --input poses <"$2/in" >"$2/out" &
            child=$!
            echo '{"yaw": 3}' >&3
            head -c 1 <&4 >/dev/null
            kill -INT $child
            wait $child
            echo $?
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"),
            ["-c", script, Binaries.animoctl.path, stage.folder.path("anime-1.png"), stage.folder.url.path],
            environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.text == "130\n", "\(result.errors)")
        await stage.end()
    }

    @Test(.enabled(if: AnimoctlCommandsTests.isOptimised, "draws for a minute without optimisation"))
    func demonstratesWithADaemonOfItsOwn() async throws {
        let folder = try TemporaryFolder()
        let output = folder.path("heads")
        let demo = try await Command.run(Binaries.animoctl, ["demo", "--output", output])
        #expect(demo.status == 0, "\(demo.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: output)
        #expect(files.count == 11)
        let lines = demo.text.split(separator: "\n").filter { !$0.contains(output) }
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(demo.text)")
        for file in files {
            #expect(demo.text.contains("heads/\(file)"), "every file is named at the end")
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: output).appendingPathComponent(file)))
            #expect(try PictureDecoder.size(of: bytes).width > 1000)
        }
    }

    @Test func aDemonstrationThatIsKilledTakesItsDaemonAlong() async throws {
        let folder = try TemporaryFolder()
        let demo = Process()
        demo.executableURL = Binaries.animoctl
        demo.arguments = ["demo", "--output", folder.path("heads")]
        (demo.standardOutput, demo.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try demo.run()
        defer { kill(demo.processIdentifier, SIGKILL) }
        func until(_ isSo: () -> Bool) async throws -> Bool {
            for _ in 0..<6000 where !isSo() { try await Task.sleep(for: .milliseconds(10)) }
            return isSo()
        }
        var daemon: Int32?
        let hasStarted = try await until {
            let children = RunningProcess.all.filter { $0.parent == demo.processIdentifier }
            daemon = children.first { $0.name == "animod" }?.identifier
            return daemon != nil && children.contains { $0.name == "sh" }
        }
        #expect(hasStarted)
        kill(demo.processIdentifier, SIGKILL)
        #expect(try await until { !RunningProcess.all.contains { $0.identifier == daemon } })
    }

    @Test func framesThatAreNoneAreSaid() async throws {
        let stage = try await Stage()
        let none = try await stage.animoctl(
            "stream", "--source", "@anime-1.png", "--source-domain", "anime", "--driving-domain", "vox",
            input: "no picture in here")
        #expect(none.status == 65)
        #expect(none.errors.contains("no frame came in"))
        await stage.end()
    }

    @Test func samplesPosesWithoutADaemon() async throws {
        let first = try await Command.run(Binaries.animoctl, ["pose", "sample", "--seed", "5", "--count", "3"])
        let second = try await Command.run(Binaries.animoctl, ["pose", "sample", "--seed", "5", "--count", "3"])
        #expect(first.text == second.text)
        #expect(first.text.split(separator: "\n").count == 3)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func convertsACheckpointThatThenServes() async throws {
        let checkpoint = try #require(Fixtures.url("animo-small.ckpt"))
        let basis = try #require(Fixtures.url("real/pose_coeffs.npy"))
        let folder = try TemporaryFolder()
        let output = folder.path("small.safetensors")
        let convert = try await Command.run(
            Binaries.animoctl,
            [
                "convert", checkpoint.path, "--pose-basis", basis.path, "--native-size", "64", "--output", output,
                "--json",
            ])
        #expect(convert.status == 0, "\(convert.errors)")
        let inspect = try await Command.run(Binaries.animoctl, ["inspect", output, "--json"])
        #expect(inspect.status == 0)
        #expect(inspect.text == convert.text)
        let daemon = try await RunningDaemon.start(["--model", "small=\(output)"])
        let describe = try await Command.run(
            Binaries.animoctl, ["describe", "--connect", "unix:\(daemon.socketPath)"])
        #expect(describe.text.contains("small"))
        #expect(await daemon.stop() == 0)

        try Data(try Data(contentsOf: URL(fileURLWithPath: output)).dropLast(5))
            .write(to: URL(fileURLWithPath: folder.path("cut.safetensors")))
        let cut = try await Command.run(Binaries.animoctl, ["inspect", folder.path("cut.safetensors")])
        #expect(cut.status == 65)
    }

    @Test(
        .enabled(if: Fixtures.available, "needs ../shared"),
        arguments: [
            ("pirender-small.pt", "pirenderer", "vox"), ("edtn-anime-small.ckpt", "pirenderer_anime", "anime"),
            ("fomm-small.pth.tar", "fomm", "vox"),
        ])
    func convertsEveryPublishedFamilyAndJoinsParts(name: String, family: String, domain: String) async throws {
        let checkpoint = try #require(Fixtures.url("families/\(name)"))
        let demo = try #require(Fixtures.sharedURL("demo/demo.safetensors"))
        let folder = try TemporaryFolder()
        let output = folder.path("model.safetensors")
        let convert = try await Command.run(
            Binaries.animoctl,
            [
                "convert", checkpoint.path, "--native-size", "128", "--part", "vox.estimator=\(demo.path)",
                "--output", output, "--json",
            ])
        #expect(convert.status == 0, "\(convert.errors)")
        let inspect = try await Command.run(Binaries.animoctl, ["inspect", output])
        for word in [family, domain, "driven by", "vox.estimator", "128×128"] { #expect(inspect.text.contains(word)) }
        let wrong = try await Command.run(
            Binaries.animoctl,
            ["convert", checkpoint.path, "--part", "nose=\(demo.path)", "--output", folder.path("other.safetensors")])
        #expect(wrong.status == 65 && wrong.errors.contains("expected one of"))
    }
}
