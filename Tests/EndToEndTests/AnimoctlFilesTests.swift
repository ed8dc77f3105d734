import AnimoCLI
import AnimoFiles
import AnimoModelFile
import AnimoMotion
import AnimoDemo
import AnimoPictures
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

@testable import animoctl

@Suite struct AnimoctlFilesTests {
    // MARK: Poses and motions

    @Test func aPoseIsAnArrayOrNamesWithValues() throws {
        let numbers = (0..<20).map { "\($0)" }.joined(separator: ",")
        #expect(try PoseFile.pose(Array("[\(numbers)]".utf8), named: "pose").values == (0..<20).map { Float($0) })
        let named = try PoseFile.pose(Array(#"{"yaw": 12.5, "mouth_a": 1}"#.utf8), named: "pose")
        #expect(named.channels.map(\.name) == ["yaw", "mouth_a"])
        #expect(named.channels.map(\.value) == [12.5, 1])
    }

    @Test func whatRetargetPrintsIsReadAgain() throws {
        let pose = try PoseFile.pose(Array(#"{"pose": {"yaw": 3}, "expressed": {"overall": 1}}"#.utf8), named: "pose")
        #expect(pose.channels == [Wire.NamedValue(name: "yaw", value: 3)])
        let numbers = (0..<70).map { "\($0)" }.joined(separator: ",")
        #expect(try PoseFile.motion(Array("{\"motion\": [\(numbers)]}".utf8), named: "motion").values[69] == 69)
    }

    @Test(arguments: ["", "[1,2]", "7", "\"yaw\"", #"{"yaw": "x"}"#, #"{"yaw": null}"#, "[", #"{"yaw": NaN}"#])
    func whatIsNoPoseIsNamedAsBadData(text: String) {
        let failure = #expect(throws: Failure.self) { try PoseFile.pose(Array(text.utf8), named: "--pose") }
        #expect(failure?.status == .badData)
        #expect(failure?.message.hasPrefix("--pose") == true)
    }

    @Test(arguments: ["", "[1,\"x\"]", "{}", #"{"motion": 3}"#, "\u{1}NUMPY"])
    func whatIsNoMotionIsNamedAsBadData(text: String) {
        let failure = #expect(throws: Failure.self) { try PoseFile.motion(Array(text.utf8), named: "--motion") }
        #expect(failure?.status == .badData)
    }

    // MARK: Input and output

    @Test func aMissingFileIs66AndAFolderIs65() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Failure.self) { try InputFile.read(folder.url.path + "/none", as: "--source") }
        let missing = #expect(throws: Failure.self) { try InputFile.read(folder.url.path + "/none", as: "--source") }
        #expect(missing?.status == .notFound)
        let wrong = #expect(throws: Failure.self) { try InputFile.read(folder.url.path, as: "--source") }
        #expect(wrong?.status == .badData)
    }

    @Test func anOutputThatCannotBeWrittenIsRefusedBeforeTheWork() throws {
        let folder = try TemporaryFolder()
        for path in [folder.url.path, folder.url.path + "/none/a.png", folder.url.path + "/a/", ""] {
            let failure = #expect(throws: Failure.self) { try OutputFile(checking: path) }
            #expect(failure?.status == .cannotWrite)
        }
    }

    @Test func anOutputReplacesTheOldFileAndFollowsLinks() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path + "/a.png"
        try OutputFile(checking: path).write([1, 2, 3])
        let link = folder.url.path + "/link.png"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try OutputFile(checking: link).write([4])
        #expect(try InputFile.read(path, as: "it") == [4])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == ["a.png", "link.png"])
    }

    @Test(arguments: [0o600, 0o640, 0o666] as [mode_t])
    func anOutputKeepsThePermissionsOfTheOldFile(mode: mode_t) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.png")
        try OutputFile(checking: path).write([1])
        #expect(chmod(path, mode) == 0)
        try OutputFile(checking: path).write([2])
        var information = stat()
        #expect(stat(path, &information) == 0 && information.st_mode & 0o777 == mode)
        #expect(try InputFile.read(path, as: "it") == [2])
    }

    @Test func aFolderThatCannotBeMadeIsSaidInTheSystemsWords() throws {
        let folder = try TemporaryFolder()
        try OutputFile.makeFolder(folder.path("a/b"))
        try OutputFile.makeFolder(folder.path("a/b/"))
        try OutputFile(checking: folder.path("file")).write([1])
        for path in ["file", "file/inner"] {
            let failure = #expect(throws: Failure.self) { try OutputFile.makeFolder(folder.path(path)) }
            #expect(failure?.status == .cannotWrite && failure?.message.hasSuffix(": Not a directory") == true)
        }
    }

    /// Folders of checkpoints and of pictures to track, with names that are no UTF-8.
    @Test func foldersAreListedByteForByte() throws {
        let parent = try TemporaryFolder()
        let folder = parent.url.path + "/" + String(pathBytes: [0x66, 0xFF])
        try OutputFile.makeFolder(folder)
        let published = try #require(ModelConversion.publishedFiles.first)
        let names = ["\(published).pt", String(pathBytes: [0xFE]) + ".png", "._x.png", "a.jpg", "note.txt"]
        for name in names { try OutputFile(checking: "\(folder)/\(name)").write(Array(name.utf8)) }
        let files = try CheckpointFiles.read([folder])
        #expect(files.count == 1 && files[0].count == published.utf8.count + 3)
        #expect(try TrackInputs.listed(folder) == ["a.jpg", names[1]].map { "\(folder)/\($0)" })
        for name in names { _ = "\(folder)/\(name)".withPathBytes { unlink($0) } }
        _ = folder.withPathBytes { rmdir($0) }
    }

    @Test func aCheckpointMayBeLargerThanAnyOtherFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("large")
        try OutputFile(checking: path).write([1])
        #expect(truncate(path, off_t(InputFile.largest) + 1) == 0)
        #expect(try InputFile.mapped(path, as: "it").count == InputFile.largest + 1)
        let failure = #expect(throws: Failure.self) { try InputFile.read(path, as: "it") }
        #expect(failure?.status == .badData && failure?.message.hasSuffix("larger than 1 GiB") == true)
        let missing = #expect(throws: Failure.self) { try InputFile.mapped(folder.path("none"), as: "it") }
        #expect(missing?.status == .notFound)
    }

    @Test(arguments: [false, true])
    func aConversionThatIsInterruptedWritesNothing(interrupted: Bool) async throws {
        let folder = try TemporaryFolder()
        let (checkpoint, output) = (folder.path("a.safetensors"), folder.path("b.safetensors"))
        try Data(DemoModel.model).write(to: URL(fileURLWithPath: checkpoint))
        let conversion = Task {
            if interrupted { withUnsafeCurrentTask { $0?.cancel() } }
            try Convert.parse([checkpoint, "--output", output]).run()
        }
        let result = await conversion.result
        if interrupted { #expect(throws: CancellationError.self) { try result.get() } } else { try result.get() }
        #expect(FileManager.default.fileExists(atPath: output) != interrupted)
    }

    // MARK: Pictures too large for a frame

    private static func noise(_ width: Int, _ height: Int) -> Picture {
        var generator = SplitMix64(state: 5)
        let pixels = (0..<(width * height * 3)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return Picture(width: width, height: height, layout: .rgb, pixels: pixels)
    }

    @Test func aPictureThatFitsIsSentAsItIs() throws {
        let png = try PictureEncoder.encode(Self.noise(40, 30), as: .png, quality: 90)
        let crop = Crop.box(x: 1, y: 2, width: 20, height: 20)
        let file = try PictureFile(png, crop: crop, fitting: Self.fitting(largest: 1 << 20), what: "--source")
        #expect(file.wire.data == png)
        #expect(file.crop == crop)
    }

    @Test func aPictureTooLargeIsShrunkToTheCroppedSquare() throws {
        let png = try PictureEncoder.encode(Self.noise(300, 200), as: .png, quality: 90)
        let crop = Crop.box(x: 50, y: 0, width: 200, height: 200)
        let file = try PictureFile(png, crop: crop, fitting: Self.fitting(largest: 30_000), what: "--source")
        #expect(file.crop == .none)
        #expect(file.wire.data.count <= 30_000)
        let size = try PictureDecoder.size(of: file.wire.data)
        #expect(size.width == 64)
        #expect(size.height == 64)
    }

    /// Pixels count too: telephones write many of them in few bytes.
    @Test(arguments: [PictureFormat.png, .jpeg])
    func aPictureOfTooManyPixelsIsShrunk(format: PictureFormat) throws {
        let smooth = Picture(width: 600, height: 400, filledWith: (90, 120, 150))
        let bytes = try PictureEncoder.encode(smooth, as: format, quality: 90)
        let limits = PictureLimits(pixels: 30_000, side: 300)
        func fitting(keepSize: Bool) -> PictureFile.Fitting {
            PictureFile.Fitting(largest: 1 << 20, limits: limits, side: 64, background: .white, keepSize: keepSize)
        }
        let crop = Crop.box(x: 100, y: 40, width: 200, height: 200)
        let square = try PictureFile(bytes, crop: crop, fitting: fitting(keepSize: false), what: "--source")
        #expect(square.crop == .none && square.scale == (1, 1))
        #expect(try PictureDecoder.size(of: square.wire.data) == (64, 64))
        let whole = try PictureFile(bytes, crop: crop, fitting: fitting(keepSize: true), what: "--source")
        let size = try PictureDecoder.size(of: whole.wire.data)
        #expect(size.width * size.height <= limits.pixels && size.width <= 300 && size.width >= 150)
        #expect(whole.scale.x == Double(size.width) / 600 && whole.scale.y == Double(size.height) / 400)
        guard case .box(let x, let y, let width, _) = whole.crop else {
            Issue.record("expected a box, got \(whole.crop)")
            return
        }
        #expect(x == 100 * whole.scale.x && y == 40 * whole.scale.y && width == 200 * whole.scale.x)
        let points = Wire.Landmarks(values: [60, 40, 30, 20]).scaled(by: (0.5, 0.25))
        #expect(points.values == [30, 10, 15, 5])
    }

    @Test func withPasteBackItIsSentAsJPEGOrRefused() throws {
        let png = try PictureEncoder.encode(Self.noise(200, 100), as: .png, quality: 90)
        let keeping = Self.fitting(largest: 55_000, keepSize: true)
        let file = try PictureFile(png, crop: .none, fitting: keeping, what: "--source")
        #expect(file.wire.format == .jpeg)
        #expect(try PictureDecoder.size(of: file.wire.data).width == 200)
        let failure = #expect(throws: Failure.self) {
            try PictureFile(png, crop: .none, fitting: Self.fitting(largest: 500, keepSize: true), what: "--source")
        }
        #expect(failure?.status == .badData)
    }

    @Test(arguments: [("text", "got 4 bytes that begin 74 65 78 74"), ("", "got an empty file")])
    func whatIsNoPictureIsBadData(text: String, got: String) {
        let failure = #expect(throws: Failure.self) {
            try PictureFile(Array(text.utf8), crop: .none, fitting: Self.fitting(largest: 99), what: "--source")
        }
        #expect(failure?.status == .badData && failure?.message.hasSuffix(got) == true)
    }

    private static func fitting(largest: Int, keepSize: Bool = false) -> PictureFile.Fitting {
        PictureFile.Fitting(largest: largest, side: 64, background: .white, keepSize: keepSize)
    }
}

/// Points of faces as people write them.
struct LandmarkFileTests {
    @Test(arguments: [
        "1 2\n3 4\n5 6\n7 8\n9 10\n", "\u{FEFF}1 2\n3 4\n5 6\n7 8\n9 10\n", "\u{FEFF}[[1,2],[3,4],[5,6],[7,8],[9,10]]",
        "1,2\r\n3,4\r\n5,6\r\n7,8\r\n9,10", "[[1,2],[3,4],[5,6],[7,8],[9,10]]",
    ])
    func fivePointsOfEitherForm(text: String) throws {
        let landmarks = try LandmarkFile.landmarks(Array(text.utf8), named: "--landmarks")
        #expect(landmarks.values == (1...10).map(Float.init))
    }

    @Test(arguments: ["", "1 2", "1 2 3", "a b", "[[1,2]]", "[1,2,3,4,5,6,7,8,9,10]", "[[1,\"x\"]]", "[", "nan nan"])
    func whatIsNoLandmarksIsNamedAsBadData(text: String) {
        let failure = #expect(throws: Failure.self) {
            try LandmarkFile.landmarks(Array(text.utf8), named: "--landmarks")
        }
        #expect(failure?.status == .badData)
        #expect(failure?.message.hasPrefix("--landmarks") == true)
    }
}
