import AnimoCLI
import AnimoDemo
import AnimoJSON
import AnimoPictures
import AnimoTestSupport
import AnimoVideo
import Foundation
import Testing

@testable import animoctl
@testable import animod

/// Inputs of real files, cameras and shells, given to the real programs.
@Suite struct FieldInputTests {
    private struct Stage {
        let daemon: RunningDaemon
        let folder: TemporaryFolder

        init(_ arguments: [String] = []) async throws {
            daemon = try await RunningDaemon.start(arguments)
            folder = daemon.folder
            try put("face.png", try DemoSamples.file("anime-1.png"))
        }

        func put(_ name: String, _ bytes: [UInt8]) throws {
            try Data(bytes).write(to: folder.url.appendingPathComponent(name))
        }

        /// Runs animoctl, whose arguments that begin with `@` name files of the folder.
        func animoctl(_ arguments: [String], input: [UInt8] = []) async throws -> Command {
            let expanded = arguments.map { $0.hasPrefix("@") ? folder.path(String($0.dropFirst())) : $0 }
            return try await Command.run(
                Binaries.animoctl, expanded, input: Data(input),
                environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        }

        /// Streams frames to an anime head, and cuts what comes into pictures.
        func stream(_ input: String, _ bytes: [UInt8], _ more: [String] = []) async throws -> (Command, [Picture]) {
            let result = try await animoctl(
                ["stream", "--source", "@face.png", "--source-domain", "anime", "--input", input, "--output", "rgb24"]
                    + more, input: bytes)
            let size = 256 * 256 * 3
            #expect(result.output.count.isMultiple(of: size), "\(result.output.count) bytes")
            let all = Array(result.output)
            let pictures = stride(from: 0, to: all.count - size + 1, by: size).map {
                Picture(width: 256, height: 256, layout: .rgb, pixels: Array(all[$0..<($0 + size)]))
            }
            return (result, pictures)
        }
    }

    private static let vox = ["--driving-domain", "vox"]

    /// Frames of a head, each another one.
    private static func frames(_ count: Int) throws -> [[UInt8]] {
        let names = ["vox-driving-1.png", "vox-driving-2.png"]
        return try (0..<count).map { index in
            let picture = try PictureDecoder.decode(try DemoSamples.file(names[index % names.count]))
            return try PictureEncoder.encode(picture, as: .jpeg, quality: 80 + index)
        }
    }

    // MARK: Streams

    @Test func camerasThatLeaveOutOrDoubleMarkersAreDrawn() async throws {
        let stage = try await Stage()
        let frames = try Self.frames(4)
        let unmarked: [UInt8] = frames.flatMap { $0.dropLast(2) }
        let doubled: [UInt8] = frames.flatMap { frame in [0xFF, 0xD8] + frame }
        var pictures: [[Picture]] = []
        for bytes in [Array(frames.joined()), unmarked, doubled] {
            let (result, drawn) = try await stage.stream("mjpeg", bytes, Self.vox)
            #expect(result.status == 0, "\(result.errors)")
            pictures.append(drawn)
        }
        #expect(pictures[0].count == 4)
        #expect(pictures[1] == pictures[0] && pictures[2] == pictures[0])
        #expect(await stage.daemon.stop() == 0)
    }

    /// The count is kept: the source as it is stands for frames that fail before any was drawn.
    @Test func framesThatFailFirstShowTheSource() async throws {
        let stage = try await Stage()
        let frames = try Self.frames(5)
        let damaged: [UInt8] = frames.enumerated().flatMap { index, frame in
            index < 2 ? Array(frame.prefix(frame.count / 2)) + [0xFF, 0xD9] : frame
        }
        let (result, drawn) = try await stage.stream("mjpeg", damaged, Self.vox)
        #expect(result.status == 65)
        #expect(result.errors.contains("2 frames could not be rendered"))
        let source = try PictureDecoder.decode(try DemoSamples.file("anime-1.png"))
        let still = try Preparation.prepare(source, side: 256, background: .white).picture
        try #require(drawn.count == 5)
        #expect(drawn[0] == still && drawn[1] == still && drawn[2] != still)
        let (_, whole) = try await stage.stream("mjpeg", Array(frames[2...].joined()), Self.vox)
        #expect(Array(drawn[2...]) == whole)
        #expect(await stage.daemon.stop() == 0)
    }

    @Test func whatComesBehindTheLastFrameLosesNoFrame() async throws {
        let stage = try await Stage()
        let picture = try PictureDecoder.decode(try DemoSamples.file("vox-driving-1.png"))
        let writer = try Y4MWriter(width: picture.width, height: picture.height, rate: (25, 1))
        let frame = try writer.frame(picture)
        let three = writer.header() + frame + frame + frame
        for _ in 0..<3 {
            let (result, drawn) = try await stage.stream("y4m", three + [0x0A], Self.vox)
            #expect(result.status == 65 && drawn.count == 3)
            #expect(result.errors.contains("y4m: expected FRAME behind frame 3, got an empty line"), "\(result.errors)")
        }
        let (again, drawn) = try await stage.stream("y4m", three + writer.header() + frame, Self.vox)
        #expect(again.status == 0 && drawn.count == 4, "\(again.errors)")
        #expect(await stage.daemon.stop() == 0)
    }

    @Test func byteOrderMarksAreRead() async throws {
        let stage = try await Stage()
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let (result, drawn) = try await stage.stream("poses", mark + Array("{\"yaw\": 5}\n{\"yaw\": 9}\n".utf8))
        #expect(result.status == 0 && drawn.count == 2, "\(result.errors)")
        try stage.put("pose.json", mark + Array("{\"yaw\": 5}".utf8))
        try stage.put("wide.json", [0xFF, 0xFE] + Array("{\"yaw\": 5}".utf8).flatMap { [$0, 0] })
        let arguments = ["reenact", "--source", "@face.png", "--source-domain", "anime", "--output", "@out.png"]
        let posed = try await stage.animoctl(arguments + ["--pose", "@pose.json"])
        #expect(posed.status == 0, "\(posed.errors)")
        let wide = try await stage.animoctl(arguments + ["--pose", "@wide.json"])
        #expect(wide.status == 65 && wide.errors.contains("got UTF-16: save it as UTF-8"), "\(wide.errors)")
        #expect(await stage.daemon.stop() == 0)
    }

    @Test func motionsAreStreamed() async throws {
        let stage = try await Stage()
        let retargeted = try await stage.animoctl(
            ["retarget", "--pose", "-", "--to", "motion", "--json"], input: Array("{\"yaw\": 12}".utf8))
        let motion = try #require(try JSONValue(parsing: retargeted.output).objectValue?["motion"]?.text)
        let (result, drawn) = try await stage.stream("motions", Array("[\(motion),\n\(motion)]".utf8))
        #expect(result.status == 0 && drawn.count == 2, "\(result.errors)")
        let (lines, again) = try await stage.stream("motions", Array("\(motion)\n{\"motion\": \(motion)}\n".utf8))
        #expect(lines.status == 0 && again == drawn, "\(lines.errors)")
        #expect(await stage.daemon.stop() == 0)
    }

    // MARK: Pictures

    /// Telephones' photographs have more pixels than the daemon takes in fewer bytes than a frame has.
    @Test func photographsOfManyPixelsAreShrunk() async throws {
        let stage = try await Stage()
        let large = Picture(width: 5200, height: 3900, filledWith: (180, 140, 120))
        try stage.put("large.jpg", try PictureEncoder.encode(large, as: .jpeg, quality: 60))
        try stage.put("pose.json", Array("{\"yaw\": 5}".utf8))
        let base = ["reenact", "--source", "@large.jpg", "--source-domain", "vox", "--output", "@out.png"]
        let drawn = try await stage.animoctl(base + ["--driving", "@large.jpg", "--driving-domain", "vox"])
        #expect(drawn.status == 0, "\(drawn.errors)")
        #expect(drawn.errors.contains("--source: 5200×3900 pixels exceed the daemon's limits; shrunk from"))
        #expect(drawn.errors.contains("--driving: 5200×3900 pixels exceed the daemon's limits; shrunk from"))
        let pasted = try await stage.animoctl(
            base + ["--pose", "@pose.json", "--paste-back", "--crop", "box=1000,1000,2000,2000"])
        #expect(pasted.status == 0, "\(pasted.errors)")
        #expect(pasted.errors.contains("sent as JPEG, shrunk to "), "\(pasted.errors)")
        let size = try PictureDecoder.size(
            of: [UInt8](Data(contentsOf: stage.folder.url.appendingPathComponent("out.png"))))
        #expect(size.width * size.height <= 16_777_216 && size.width > 2600)
        #expect(await stage.daemon.stop() == 0)
    }

    @Test func otherFilesInAPicturesPlaceAreNamed() async throws {
        let stage = try await Stage()
        for (bytes, words) in [
            (Array("RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8 ".utf8), "a WebP picture: convert it first"),
            ([0, 0, 0, 24] + Array("ftypheic".utf8), "an HEIC picture: convert it first"),
            ([0, 0, 0, 24] + Array("ftypisom".utf8), "an MP4 video: take a frame out of it"),
            (Array("<!DOCTYPE html><html>".utf8), "a web page (HTML): a download page"),
            (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a Git LFS pointer: the file itself"),
        ] {
            try stage.put("named.jpg", bytes)
            let result = try await stage.animoctl(
                ["edit", "--source", "@named.jpg", "--source-domain", "anime", "--set", "yaw=1", "--output", "@o.png"])
            #expect(result.status == 65 && result.errors.contains(words), "\(result.errors)")
        }
        #expect(await stage.daemon.stop() == 0)
    }

    // MARK: Files and addresses

    /// File names are bytes: what a shell gives is what is opened and made.
    @Test func namesThatAreNoTextAreKept() async throws {
        let stage = try await Stage()
        let script = """
            cd "$1" && cp face.png $'f\\xff.png' &&
            "$0" edit --source $'f\\xff.png' --source-domain anime --set yaw=3 --output $'o\\xfe.png' &&
            test -f $'o\\xfe.png' && test ! -e $'o\\uFFFD.png'
            "$0" edit --source $'none\\xff.png' --source-domain anime --set yaw=3 --output out.png
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"), ["-c", script, Binaries.animoctl.path, stage.folder.url.path],
            environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.status == 66)
        #expect(result.errors.contains("cannot read 'none\\xff.png'"), "\(result.errors)")
        #expect(!result.errors.contains("f\\xff.png'"), "\(result.errors)")
        #expect(await stage.daemon.stop() == 0)
    }

    /// A socket's path is bytes too, in options and in the environment.
    @Test func socketsOfNamesThatAreNoTextAreMadeAndFound() async throws {
        let folder = try TemporaryFolder()
        let script = """
            cd "$1" && mkdir $'n\\xff' && socket=$'n\\xff/s\\xfe.sock' || exit 1
            "$2" --listen unix:"$socket" --models none 2>log & daemon=$!
            trap 'kill $daemon 2>/dev/null' EXIT
            until test -S "$socket"; do kill -0 $daemon || { cat log >&2; exit 2; }; done
            "$0" describe --connect unix:"$socket" >/dev/null || exit 3
            ANIMO_CONNECT=unix:"$socket" "$0" health >/dev/null || exit 4
            "$2" --listen unix:"$socket"
            test $? = 69 || exit 5
            kill $daemon && wait $daemon || exit 6
            test ! -e "$socket" || exit 7
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"),
            ["-c", script, Binaries.animoctl.path, folder.url.path, Binaries.animod.path])
        #expect(result.status == 0, "\(result.status): \(result.errors)")
        #expect(result.errors.contains("unix:n\\xff/s\\xfe.sock is in use by another daemon"), "\(result.errors)")
    }

    /// Names that a folder lists are opened as they are, and shown as bytes.
    @Test func namesInFoldersThatAreNoTextAreRead() async throws {
        let stage = try await Stage()
        try stage.put("1.png", try DemoSamples.file("vox-driving-1.png"))
        try stage.put("2.png", try DemoSamples.file("vox-driving-2.png"))
        let script = """
            cd "$1" && mkdir -p $'all\\xff/one\\xfe' && cp 1.png $'all\\xff/one\\xfe/a\\xfd.png' &&
            cp 2.png $'all\\xff/one\\xfe/b\\xfd.png' && echo junk >$'all\\xff/one\\xfe/c\\xfc.png' &&
            "$0" evaluate $'all\\xff' --domain vox --output $'out\\xfb' && test -f $'out\\xfb/evaluation.json'
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"), ["-c", script, Binaries.animoctl.path, stage.folder.url.path],
            environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("'one\\xfe/c\\xfc.png' skipped"), "\(result.errors)")
        #expect(await stage.daemon.stop() == 0)
    }

    @Test func aModelMayBeALinkThatIsReadAnew() async throws {
        let folder = try TemporaryFolder()
        let (first, second, link) = (folder.path("v1"), folder.path("v2"), folder.path("current.safetensors"))
        try Data(DemoModel.model).write(to: URL(fileURLWithPath: first))
        try Data(DemoModel.model).write(to: URL(fileURLWithPath: second))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first)
        let checked = try await Command.run(Binaries.animod, ["--model", link, "--check-config"])
        #expect(checked.status == 0, "\(checked.errors)")
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.url.path)
        let (status, errors) = try await RunningDaemon.refusal(["--model", link])
        #expect(status == 66 && errors.contains("expected a regular file"), "\(errors)")
    }

    @Test(arguments: [
        (15 << 40, "safetensors: expected at most 17179869184 bytes"), (3 << 30, "end with the file"),
    ])
    func modelFilesBeyondMeasureAreRefused(size: Int, words: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("huge.safetensors")
        let header = #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        try Data(length + Array(header.utf8)).write(to: URL(fileURLWithPath: path))
        #expect(truncate(path, off_t(size)) == 0)
        let result = try await Command.run(Binaries.animod, ["--model", path, "--check-config"])
        #expect(result.status == 65 && result.errors.contains(words), "\(result.errors)")
    }

    @Test func aUsersOwnDaemonIsFound() async throws {
        let runtime = try TemporaryFolder()
        let address = try UsualAddress.prepared(isRoot: false, environment: ["XDG_RUNTIME_DIR": runtime.url.path])
        #expect(address == .unix(runtime.path("animod/animod.sock")))
        let attributes = try FileManager.default.attributesOfItem(atPath: runtime.path("animod"))
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        #expect(throws: StartFailure.self) { try UsualAddress.prepared(isRoot: false, environment: [:]) }
        let daemon = try await RunningDaemon.start(listen: ["\(address)"])
        let options = try ConnectionOptions.parse([])
        #expect(try options.address(environment: ["XDG_RUNTIME_DIR": runtime.url.path]) == address)
        #expect(try options.address(environment: ["XDG_RUNTIME_DIR": "/nowhere"]) == .standard)
        #expect(await daemon.stop() == 0)
    }

    @Test func tooFewDescriptorsAreSaid() async throws {
        let stage = try await Stage()
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"), ["-c", "ulimit -n 12; \"$0\" describe", Binaries.animoctl.path],
            environment: ["ANIMO_CONNECT": "unix:\(stage.daemon.socketPath)"])
        #expect(result.status == 70, "\(result.errors)")
        #expect(result.errors.contains("file descriptors") && result.errors.contains("ulimit -n"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(await stage.daemon.stop() == 0)
    }

    /// So few that the system's own library could not begin.
    @Test(arguments: [5, 6, 9]) func tooFewDescriptorsToBeginAreSaid(limit: Int) async throws {
        for command in ["\"$0\" describe --connect unix:/nowhere", "\"$1\" --listen unix:\"$2\""] {
            let result = try await Command.run(
                URL(fileURLWithPath: "/bin/bash"),
                [
                    "-c", "ulimit -n \(limit); " + command, Binaries.animoctl.path, Binaries.animod.path,
                    try TemporaryFolder().path("s"),
                ])
            #expect(result.status == 70, "\(result.errors)")
            #expect(result.errors.contains("ulimit -n"), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
    }
}
