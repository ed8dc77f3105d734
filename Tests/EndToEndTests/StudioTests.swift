import AnimoConcurrency
import AnimoDemo
import AnimoTestSupport
import Foundation
import Testing

/// The studio in Debian's chromium, with a film of a drawn head as camera.
@Suite(.serialized) struct StudioTests {
    static let isBrowserHere =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")
        && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/websocket")

    @Test(.enabled(if: isBrowserHere, "needs chromium, ffmpeg and python3-websocket"), .timeLimit(.minutes(30)))
    func thePageWorksInABrowser() async throws {
        let daemon = try await RunningDaemon.start()
        let folder = daemon.folder
        let camera = folder.path("camera.y4m")
        // Turns and speaks: the sample's poses drawn on a human head, in the middle of a camera's picture.
        let motion = try DemoSamples.motion()
        let poses = try motion.poses.map { try String(decoding: JSONEncoder().encode($0), as: UTF8.self) }
        try Data(try DemoSamples.file("vox-2.png")).write(to: folder.url.appendingPathComponent("vox-2.png"))
        let film = try await Command.run(
            Binaries.animoctl,
            [
                "stream", "--connect", "unix:\(daemon.socketPath)", "--source", folder.path("vox-2.png"),
                "--source-domain", "vox", "--input", "poses", "--output", "y4m", "--policy", "queue",
            ], input: Data(poses.joined(separator: "\n").utf8))
        try film.output.write(to: folder.url.appendingPathComponent("film.y4m"))
        let made = try await Command.run(
            URL(fileURLWithPath: "/usr/bin/ffmpeg"),
            [
                "-loglevel", "error", "-i", folder.path("film.y4m"), "-vf", "scale=480:480,pad=640:480:80:0:white",
                "-pix_fmt", "yuv420p", camera,
            ])
        #expect(made.status == 0, "\(made.errors)")

        let studio = try RunningStudio(
            ["--connect", "unix:\(daemon.socketPath)", "--listen", "tcp:127.0.0.1:0"], state: folder.path("state"))
        defer { studio.stop() }
        let page = try #require(try await studio.line(after: "studio"))
        let overlay = try #require(try await studio.line(after: "overlay"))
        let result = try await Command.run(
            URL(fileURLWithPath: "/usr/bin/python3"),
            [Self.script("studio_browser.py"), page, overlay, camera, folder.path("shots")])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path("state/animo/overlay-token"))
        #expect(mode[.posixPermissions] as? Int == 0o600)
    }

    @Test(.enabled(if: isBrowserHere, "needs chromium and python3-websocket"), .timeLimit(.minutes(15)))
    func thePageOutlivesItsDaemon() async throws {
        let folder = try TemporaryFolder()
        let result = try await Command.run(
            URL(fileURLWithPath: "/usr/bin/python3"),
            [Self.script("studio_recovery.py"), Binaries.animod.path, Binaries.animoctl.path, folder.path("shots")])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
    }

    @Test(.enabled(if: isBrowserHere, "needs python3-websocket"), .timeLimit(.minutes(15)))
    func misusedSocketsAreRefusedOrBounded() async throws {
        let daemon = try await RunningDaemon.start()
        let folder = daemon.folder
        let address = "unix:\(daemon.socketPath)"
        let studio = try RunningStudio(
            ["--connect", address, "--listen", "tcp:127.0.0.1:0"], state: folder.path("state"))
        defer { studio.stop() }
        let page = try #require(try await studio.line(after: "studio"))
        let overlay = try #require(try await studio.line(after: "overlay"))
        let result = try await Command.run(
            URL(fileURLWithPath: "/usr/bin/python3"),
            [Self.script("studio_sockets.py"), page, overlay, Binaries.animoctl.path, address, folder.url.path])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
    }

    @Test(.enabled(if: isBrowserHere, "needs python3-websocket"), .timeLimit(.minutes(15)))
    func whereNoDaemonIsReachableItStartsItsOwn() async throws {
        let folder = try TemporaryFolder()
        let picture = folder.url.appendingPathComponent("picture.png")
        try Data(try DemoSamples.file("anime-1.png")).write(to: picture)
        let result = try await Command.run(
            URL(fileURLWithPath: "/usr/bin/python3"),
            [Self.script("studio_own.py"), Binaries.animoctl.path, picture.path, folder.path("work")])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
    }

    @Test(arguments: [["--folder", "/nonexistent"], ["--folder", Fixtures.package.path + "/Sources/AnimoStudio"]])
    func aFolderWithoutPicturesIsRefusedInWords(arguments: [String]) async throws {
        let result = try await Command.run(Binaries.animoctl, ["studio", "--no-open"] + arguments)
        #expect(result.status == 66)
        #expect(result.errors.contains("--folder: expected"), "\(result.errors)")
    }

    private static func script(_ name: String) -> String {
        Fixtures.package.appendingPathComponent("Tests/EndToEndTests/\(name)").path
    }

    @Test(arguments: [
        (["--listen", "tcp:0.0.0.0:7480"], 64, "can be reached by others"),
        (["--listen", "unix:/tmp/x.sock"], 64, "expected tcp:HOST:PORT"),
        (["--connect", "unix:/nonexistent/animod.sock", "--listen", "tcp:127.0.0.1:0"], 69, "animod"),
    ])
    func refusesInWords(arguments: [String], status: Int, words: String) async throws {
        let result = try await Command.run(Binaries.animoctl, ["studio", "--no-open"] + arguments)
        #expect(result.status == status)
        #expect(result.errors.contains(words), "\(result.errors)")
    }
}

/// `animoctl studio` in a process of its own.
private final class RunningStudio: Sendable {
    private let process = Process()
    private let output = Pipe()

    init(_ arguments: [String], state: String) throws {
        process.executableURL = Binaries.animoctl
        process.arguments = ["studio", "--no-open"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["XDG_STATE_HOME": state]) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// The second word of the next line, whose first is `word`.
    func line(after word: String) async throws -> String? {
        try await runBlocking { [output] in
            var line: [UInt8] = []
            while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
                line.append(byte)
            }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            return words.count == 2 && words[0] == word ? String(words[1]) : nil
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
