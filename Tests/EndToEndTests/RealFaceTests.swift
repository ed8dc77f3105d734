import AnimoDemo
import AnimoJSON
import AnimoMotion
import AnimoPictures
import AnimoPictureTestSupport
import AnimoTestSupport
import AnimoVideo
import Foundation
import Testing

/// The published face tracker beside the built-in model, through the real programs: on drawn heads before noise, on
/// photographs where they are at hand, and on pictures that hold no head or a hard one.
@Suite(.enabled(if: Fixtures.url("tracker/face_landmarker.task") != nil, "needs ../shared"))
struct RealFaceTests {
    // MARK: Crops

    /// A drawn head in a frame of noise is cropped as it stood in its own picture, whose framing the built-in model
    /// tells.
    @Test(arguments: ["anime", "vox"])
    func aHeadBeforeNoiseIsCroppedAsTheModelWasTrained(domain: String) async throws {
        let stage = try await FaceStage()
        let (x, y, side) = (230, 110, 256)
        var offsets: [Double] = []
        var sizes: [Double] = []
        for number in 1...3 {
            try stage.write(FaceStage.scene([("\(domain)-\(number).png", x, y, side)]), "scene.png")
            let result = try await stage.animoctl([
                "edit", "--source", "@scene.png", "--source-domain", domain, "--crop", "auto", "--set", "yaw=0",
                "--output", "@out.png", "--json",
            ])
            try #require(result.status == 0, "\(result.errors)")
            let crop = try JSONValue(parsing: Array(result.output)).objectValue?["source"]?.objectValue?["crop"]?
                .objectValue
            let scale = try #require(crop?["scale"]?.arrayValue?.first?.doubleValue)
            let offset = try #require(crop?["offset"]?.arrayValue).compactMap(\.doubleValue)
            sizes.append(abs(scale - 1))
            let middle = [offset[0] + 128 * scale, offset[1] + 128 * scale]
            offsets += [abs(middle[0] - Double(x + side / 2)), abs(middle[1] - Double(y + side / 2))]
        }
        // Single heads differ from the mean by up to 9 % in size.
        #expect(sizes.allSatisfy { $0 < 0.12 }, "\(sizes)")
        #expect(offsets.allSatisfy { $0 < 0.06 * Double(side) }, "\(offsets)")
        await stage.end()
    }

    @Test(.enabled(if: Fixtures.url("real/basis.png") != nil, "needs ../shared"))
    func anAnimePictureOfAnotherFramingClosesItsEyes() async throws {
        let stage = try await FaceStage()
        let basis = try #require(Fixtures.url("real/basis.png")).path
        func draw(_ closed: String) async throws -> Picture {
            let result = try await stage.animoctl([
                "edit", "--source", basis, "--source-domain", "anime", "--crop", "auto", "--set",
                "eye_closed=\(closed)",
                "--output", "@out.png",
            ])
            try #require(result.status == 0, "\(result.errors)")
            return try PictureDecoder.decode(
                Array(try Data(contentsOf: stage.folder.url.appendingPathComponent("out.png"))))
        }
        /// Pixels of the eyes' green irises.
        func green(_ picture: Picture) -> Int {
            var count = 0
            for y in 110..<190 {
                for x in 60..<200 {
                    let place = (y * 256 + x) * picture.layout.channels
                    let (red, green, blue) = (
                        Int(picture.pixels[place]), Int(picture.pixels[place + 1]), Int(picture.pixels[place + 2])
                    )
                    if green > red + 30, green > blue { count += 1 }
                }
            }
            return count
        }
        let (open, closed) = (green(try await draw("0")), green(try await draw("1")))
        #expect(open > 100 && closed < open / 2, "\(open) green pixels of open eyes, \(closed) of closed ones")
        await stage.end()
    }

    // MARK: Which face

    @Test func ofTwoFacesTheOneAskedForDrives() async throws {
        let stage = try await FaceStage()
        // The large one at the left looks straight, the small one at the right is turned.
        try stage.write(
            FaceStage.scene([("vox-1.png", 20, 60, 320), ("vox-driving-1.png", 380, 180, 220)]), "two.png")
        let first = try await stage.track(["@two.png"], ["--face", "0"])
        let second = try await stage.track(["@two.png"], ["--face", "1"])
        let largest = try await stage.track(["@two.png"])
        let none = try await stage.track(["@two.png"], ["--face", "7"])
        #expect(first.first?["faces"]?.arrayValue?.count == 2)
        let boxes = [first, second, largest].map { FaceStage.box($0.first?["face"]?.objectValue) }
        #expect(boxes[0].first ?? 640 < 320 && boxes[1].first ?? 0 > 380)
        #expect(boxes[2] == boxes[0])
        #expect(none.first?["face"] == .null)
        func retarget(_ face: String) async throws -> Command {
            try await stage.animoctl([
                "retarget", "--driving", "@two.png", "--driving-domain", "vox", "--face", face, "--json",
            ])
        }
        let (left, right) = (try await retarget("0"), try await retarget("1"))
        #expect(left.status == 0 && right.status == 0 && left.output != right.output)
        await stage.end()
    }

    // MARK: Hard pictures

    @Test func picturesWithoutAHeadAreRefusedInWords() async throws {
        let stage = try await FaceStage()
        try stage.write(Picture(width: 640, height: 480, filledWith: (0, 0, 0)), "black.png")
        try stage.write(TestPicture.noise(640, 480), "noise.png")
        try stage.write(TestPicture.smooth(640, 480), "smooth.png")
        for name in ["black.png", "noise.png", "smooth.png"] {
            let seen = try await stage.track(["@\(name)"])
            #expect(seen.first?["face"] == .null, "\(name)")
            let result = try await stage.animoctl([
                "retarget", "--driving", "@\(name)", "--driving-domain", "vox",
            ])
            #expect(result.status == 65, "\(name): \(result.errors)")
            #expect(result.errors.contains("no face found") && result.errors.contains("score"), "\(result.errors)")
        }
        await stage.end()
    }

    /// Where the face is so far off, or so small, that most detectors lose it.
    @Test(arguments: [
        ("small", 300, 200, 90), ("far left", -45, 120, 256), ("low", 200, 270, 256), ("right below", 480, 300, 180),
    ])
    func aSmallFaceAndOneAtTheEdgeAreFound(name: String, x: Int, y: Int, side: Int) async throws {
        let stage = try await FaceStage()
        try stage.write(FaceStage.scene([("vox-2.png", x, y, side)]), "scene.png")
        let box = FaceStage.box(try await stage.track(["@scene.png"]).first?["face"]?.objectValue)
        try #require(box.count == 4, "no face \(name)")
        // The framing of drawn human heads: a face of .515 of the side, its middle at (.5, .63).
        #expect(abs(box[0] + box[2] / 2 - Double(x) - 0.5 * Double(side)) < 0.08 * Double(side))
        #expect(abs(box[1] + box[3] / 2 - Double(y) - 0.63 * Double(side)) < 0.08 * Double(side))
        #expect(abs((box[2] + box[3]) / 2 - 0.515 * Double(side)) < 0.08 * Double(side))
        await stage.end()
    }

    // MARK: Streams

    /// Frames in which no head is are flagged, and those after them drawn.
    @Test func aStreamGoesOnOverFramesWithoutAHead() async throws {
        let stage = try await FaceStage()
        let head = try FaceStage.scene([("vox-driving-2.png", 60, 30, 256)], width: 384, height: 320)
        let frames = [head, head, Picture(width: 384, height: 320, filledWith: (0, 0, 0)), head]
        var film = Data()
        for frame in frames { film.append(contentsOf: try PictureEncoder.encode(frame, as: .jpeg, quality: 95)) }
        try Data(DemoSamples.file("anime-1.png")).write(to: stage.folder.url.appendingPathComponent("anime-1.png"))
        let stream = [
            "stream", "--source", "@anime-1.png", "--source-domain", "anime", "--driving-domain", "vox",
            "--driving-crop", "auto", "--input", "mjpeg", "--policy", "queue", "--output", "rgb24",
        ]
        let flagged = try await stage.animoctl(stream, input: film)
        #expect(flagged.status == 65 && flagged.errors.contains("no face found"), "\(flagged.errors)")
        #expect(flagged.errors.contains("3 of 4 frames rendered"), "\(flagged.errors)")
        let held = try await stage.animoctl(stream + ["--smooth", "0", "--idle", "1"], input: film)
        #expect(held.status == 0, "\(held.errors)")
        #expect(held.output.count == 4 * 256 * 256 * 3)
        await stage.end()
    }

    /// All frames of a known film are read in one square, that of the median face: a head that moves in it is the
    /// motion.
    @Test func aFilmIsReadInOneSquare() async throws {
        let stage = try await FaceStage()
        let shifts = [0, 9, -7, 14, 3, -12]
        let names = shifts.indices.map { "@film/\($0).png" }
        try FileManager.default.createDirectory(
            at: stage.folder.url.appendingPathComponent("film"), withIntermediateDirectories: true)
        for (index, shift) in shifts.enumerated() {
            let head = try FaceStage.scene([("vox-driving-2.png", 64 + shift, 30, 256)], width: 384, height: 320)
            try stage.write(head, "film/\(index).png")
        }
        try stage.write(Picture(width: 384, height: 320, filledWith: (0, 0, 0)), "film/9.png")
        try Data(DemoSamples.file("anime-1.png")).write(to: stage.folder.url.appendingPathComponent("anime-1.png"))
        func motion(_ crop: String) async throws -> [[Double]?] {
            let result = try await stage.animoctl([
                "run", "--source", "@anime-1.png", "--source-domain", "anime", "--driving", "@film", "--driving-domain",
                "vox", "--reader", "estimator", "--driving-crop", crop, "--format", "png", "--output", "@out",
                "--motion-out", "@motion.jsonl", "--force",
            ])
            try #require(result.status == 0, "\(result.errors)")
            let text = try String(contentsOf: stage.folder.url.appendingPathComponent("motion.jsonl"), encoding: .utf8)
            return try text.split(separator: "\n").dropFirst().map { line in
                let object = try JSONValue(parsing: line.utf8).objectValue
                return (object?["pose"] ?? object?["motion"])?.arrayValue?.compactMap(\.doubleValue)
            }
        }
        func median(_ values: [Double]) -> Double {
            let sorted = values.sorted()
            return (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
        }
        let heads = try await stage.track(names, ["--video", "--framing", "demo-vox"]).compactMap {
            $0["face"]?.objectValue?["head"]?.objectValue?.members.compactMap(\.value.doubleValue)
        }
        try #require(heads.count == shifts.count && heads.allSatisfy { $0.count == 3 }, "\(heads)")
        let side = median(heads.map { $0[2] })
        let left = median(heads.map { $0[0] + 0.5 * $0[2] }) - 0.5 * side
        let top = median(heads.map { $0[1] + 0.63 * $0[2] }) - 0.63 * side
        let expected = try await motion("box=\(left + 0.5),\(top + 0.5),\(side),\(side)")
        let got = try await motion("auto")
        #expect(got.count == shifts.count + 1 && got.last == .some(nil), "\(got.count)")
        for (one, other) in zip(got.dropLast(), expected) {
            let (one, other) = (try #require(one), try #require(other))
            #expect(zip(one, other).allSatisfy { abs($0 - $1) < 2e-3 }, "\(one) \(other)")
        }
        await stage.end()
    }

    /// Photographs drive a drawn head: lids that are shut close, mouths that are open open, heads turn the same way.
    @Test(.enabled(if: Fixtures.url("real/vox_images") != nil, "needs ../shared"))
    func photographsAreReadAsTheyLook() async throws {
        let stage = try await FaceStage()
        for (name, isShut, isSpeaking) in [
            ("0000000", false, true), ("0000060", true, true), ("0000120", false, true), ("0000180", false, false),
            ("0000240", true, false),
        ] {
            let picture = try #require(Fixtures.url("real/vox_images/\(name).png")).path
            let result = try await stage.animoctl([
                "retarget", "--driving", picture, "--driving-domain", "vox", "--driving-crop", "auto", "--json",
            ])
            try #require(result.status == 0, "\(result.errors)")
            let pose = try JSONValue(parsing: Array(result.output)).objectValue?["pose"]?.objectValue
            func number(_ name: String) -> Double { pose?[name]?.doubleValue ?? .nan }
            for side in ["left", "right"] { #expect((number("eye_closed_\(side)") > 0.8) == isShut, "\(name)") }
            #expect((number("mouth_a") > 0.1) == isSpeaking, "\(name)")
            // The head looks to the right of the picture in all of them.
            #expect(number("yaw") > 5 && number("yaw") < 30, "\(name)")
        }
        await stage.end()
    }
}
