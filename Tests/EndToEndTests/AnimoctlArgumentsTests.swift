import AnimoCLI
import AnimoWire
import ArgumentParser
import Foundation
import Testing

@testable import animoctl

@Suite struct AnimoctlArgumentsTests {
    @Test(
        arguments: [("yaw=15", "yaw", 15.0), ("mouth_a=.5", "mouth_a", 0.5), ("pitch=-7.25", "pitch", -7.25)]
            as [(String, String, Double)])
    func readsAChange(text: String, name: String, value: Double) throws {
        let change = try Change(parsing: text)
        #expect(change.name == name)
        #expect(change.value == value)
    }

    @Test(arguments: ["", "yaw", "=3", "yaw=", "yaw=x", "yaw=nan", "yaw=inf", "yaw=1=2"])
    func refusesWhatIsNoChange(text: String) {
        #expect(throws: ValidationError.self) { try Change(parsing: text) }
    }

    @Test func variesFromTheFirstToTheLastValue() throws {
        #expect(try Variation(parsing: "yaw=-20:20:5").values == [-20, -10, 0, 10, 20])
        #expect(try Variation(parsing: "yaw=3:9:1").values == [3])
        #expect(try Variation(parsing: "mouth_a=0:0.7:2").values == [0, 0.7])
    }

    @Test(arguments: ["yaw", "yaw=1", "yaw=1:2", "yaw=1:2:0", "yaw=1:2:25", "yaw=1:2:3:4", "=1:2:3", "yaw=a:b:3"])
    func refusesWhatIsNoVariation(text: String) {
        #expect(throws: ValidationError.self) { try Variation(parsing: text) }
    }

    @Test func readsSizes() throws {
        #expect(try SizeArgument(parsing: "source") == .source)
        #expect(try SizeArgument(parsing: "256") == .side(256))
    }

    @Test func readsBackgrounds() throws {
        let colours = [
            ("white", 0xffffff), ("black", 0), ("green", 0x00ff00), ("blue", 0x0000ff), ("#1a2B3c", 0x1a2b3c),
        ]
        for (text, colour) in colours {
            #expect(try BackgroundArgument(parsing: text) == .colour(UInt32(colour)))
        }
        #expect(try BackgroundArgument(parsing: "original") == .original)
        #expect(try BackgroundArgument(parsing: "transparent") == .transparent)
        #expect(try BackgroundArgument(parsing: "wall.png") == .file("wall.png"))
        #expect(try BackgroundArgument.original.wire() == nil)
    }

    @Test(arguments: ["0", "-32", "100", "33", "native", "99999968"])
    func refusesSizesThatAreNoMultipleOf32(text: String) {
        #expect(throws: ValidationError.self) { try SizeArgument(parsing: text) }
    }

    @Test(arguments: ["640", "640x", "x480", "640x480x3", "0x480", "640x-1", "9000x100"])
    func refusesWhatAreNoDimensions(text: String) {
        #expect(throws: ValidationError.self) { try Dimensions(parsing: text) }
    }

    @Test(
        arguments: [
            ("a.png", OutputFormat.png), ("a.b.JPG", .jpeg), ("folder.x/a.jpeg", .jpeg), ("-", .png),
        ] as [(String, OutputFormat)])
    func takesTheFormatFromTheExtension(path: String, format: OutputFormat) throws {
        #expect(try OutputFormat(path: path) == format)
    }

    @Test(arguments: ["a", "a.gif", "png", "folder.png/a", ".png"])
    func refusesOtherExtensions(path: String) {
        #expect(throws: ValidationError.self) { try OutputFormat(path: path) }
    }

    @Test(arguments: [
        ["edit", "--source", "a", "--output", "b.png"],
        ["reenact", "--source", "a", "--output", "b.png"],
        ["reenact", "--source", "a", "--output", "b.png", "--pose", "p", "--motion", "m"],
        ["reenact", "--source", "-", "--output", "b.png", "--pose", "-"],
        ["reenact", "--source", "a", "--output", "b.png", "--pose", "p", "--driving-domain", "vox"],
        ["reenact", "--source", "a", "--output", "-", "--pose", "p", "--json"],
        ["sweep", "--source", "a", "--output", "b.png"],
        ["sweep", "--source", "a", "--output", "b.png", "--vary", "yaw=0:1:2", "--vary", "yaw=0:1:2"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--detail", "sharp"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--paste-back", "--feather", "0.5"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--paste-back", "--paste", "blend"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--background", "#12"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--paste", "motion"],
        ["edit", "--source", "a", "--set", "yaw=1", "--output", "b.jpg", "--background", "transparent"],
        ["stream", "--source", "a", "--input", "rgb24"],
        ["stream", "--source", "a", "--input", "poses", "--driving-domain", "vox"],
        ["stream", "--source", "a", "--input", "mjpeg", "--input-size", "2x2"],
        ["stream", "--source", "a", "--rate", "25", "--policy", "queue"],
        ["stream", "--source", "a", "--window", "0"],
        ["describe", "--timeout", "0"], ["describe", "--timeout", "1e30"],
        ["describe", "--connect", "here"],
        ["health", "--ready", "--live"],
        ["pose", "sample", "--count", "0"],
        ["convert", "a", "--output", "b", "--native-size", "100"],
        ["convert", "a", "--output", "b", "--part", "edtn"],
        ["convert", "a", "--output", "b", "--domain", "cat"],
        ["bench", "--sessions", "1,x"],
    ])
    func refusesWhatCannotBeMeant(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Animoctl.parseAsRoot(arguments) }
        if let error { #expect(Animoctl.exitCode(for: error).rawValue == ExitStatus.usage.rawValue) }
    }

    @Test(arguments: [
        [
            "reenact", "--source", "a", "--source-domain", "anime", "--driving", "b", "--driving-domain", "vox",
            "--output", "c.png",
        ],
        [
            "edit", "--source", "a", "--set", "yaw=1", "pitch=-2", "--add", "roll=3", "--output", "c.jpg", "--size",
            "source",
        ],
        [
            "sweep", "--source", "a", "--vary", "yaw=-1:1:3", "--vary", "pitch=0:1:2", "--output", "c.png", "--crop",
            "auto",
        ],
        ["stream", "--source", "a", "--input", "rgb24", "--input-size", "64x48", "--output", "y4m", "--rate", "12.5"],
        ["retarget", "--motion", "m.npy", "--to", "motion", "--json"],
        ["convert", "a.ckpt", "--output", "b", "--pose-basis", "c.npy", "--native-size", "256", "--half"],
        [
            "convert", "a.pth.tar", "--output", "b", "--domain", "anime", "--align-corners", "--part",
            "anime.estimator=e.safetensors", "--part", "vox.estimator=f.safetensors",
        ],
        ["status", "--json"], ["health", "--live"], ["verify", "--model", "m"], ["inspect", "f", "--json"],
        ["pose", "sample", "--seed", "3", "--count", "2"], ["demo", "--output", "folder"], ["describe"],
        ["bench", "--sessions", "1,2", "--frames", "10", "--json"],
    ])
    func readsWhatTheContractNames(arguments: [String]) throws {
        _ = try Animoctl.parseAsRoot(arguments)
    }

    @Test func aWrongCropIsSaidOnce() {
        let error = #expect(throws: (any Error).self) {
            try Animoctl.parseAsRoot([
                "edit", "--source", "a", "--set", "yaw=1", "--output", "b.png", "--crop", "bax=1",
            ])
        }
        let message = error.map { Animoctl.message(for: $0) } ?? ""
        #expect(message.components(separatedBy: "bax=1").count == 2, "\(message)")
    }

    @Test func connectsWhereTheOptionThenTheEnvironmentSays() throws {
        let named = try ConnectionOptions.parse(["--connect", "tcp:localhost:7000"])
        let environment = ["ANIMO_CONNECT": "unix:/tmp/a.sock"]
        #expect(try named.address(environment: environment) == .tcp(host: "localhost", port: 7000))
        let unnamed = try ConnectionOptions.parse([])
        #expect(try unnamed.address(environment: environment) == .unix("/tmp/a.sock"))
        #expect(try unnamed.address(environment: [:]) == .unix("/run/animod/animod.sock"))
        #expect(throws: Failure.self) { try unnamed.address(environment: ["ANIMO_CONNECT": "nonsense"]) }
    }
}

@Suite struct AnimoctlPoseGridTests {
    @Test func theFirstVariationGoesDownAndTheSecondAcross() throws {
        let grid = PoseGrid([try Variation(parsing: "pitch=-1:1:2"), try Variation(parsing: "yaw=0:9:2")], base: nil)
        #expect(grid.rowLabels == ["pitch -1", "pitch 1"])
        #expect(grid.columnLabels == ["yaw 0", "yaw 9"])
        #expect(grid.poses.map { $0.set.map(\.value) } == [[-1, 0], [-1, 9], [1, 0], [1, 9]])
    }

    @Test func aBlendGoesFromOnePoseToTheOther() throws {
        let channels = (0..<18).map { "c\($0)" } + ["eye_left", "eye_right"]
        let to = Wire.Pose(channels: [Wire.NamedValue(name: "eye", value: 1), Wire.NamedValue(name: "c3", value: 4)])
        let grid = try PoseGrid(from: nil, to: to, steps: 3, rows: nil, channels: channels)
        #expect(grid.columnLabels == ["0 %", "50 %", "100 %"])
        #expect(grid.poses.map { $0.base?.values[3] } == [0, 2, 4])
        #expect(grid.poses.map { $0.base?.values[19] } == [0, 0.5, 1])
    }
}
