import AnimoCheckpoint
import AnimoCompute
import AnimoDemo
import AnimoJSON
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModel

/// The published tracker against the numbers that its reference has recorded.
///
/// Pixels are compared in units of a region of 256 pixels, as far as float32 and an ill-conditioned mesh let them agree.
@Suite(.enabled(if: Fixtures.url("tracker/tracker-golden.json") != nil, "needs ../shared"))
struct TrackerGoldenTests {
    private static let loaded: Result<(file: ModelFile, tracker: HeadTracker), any Error> = Result {
        let task = try FileBytes(mapping: try #require(Fixtures.url("tracker/face_landmarker.task")).path)
        let file = try ModelFile(bytes: try ModelConversion.convert(task))
        return (file, try #require(try file.headTracker(pool: WorkerPool(threads: 2))))
    }

    private static let document = Result {
        try JSONValue(
            parsing: try Data(contentsOf: try #require(Fixtures.url("tracker/tracker-golden.json"))))
    }

    private static let arrays = Result {
        try CheckpointReader.read(path: try #require(Fixtures.url("tracker/tracker-golden.safetensors")).path).arrays
    }

    private static func tracker() throws -> HeadTracker { try loaded.get().tracker }

    private static func floats(_ name: String) throws -> [Double] {
        try #require(try arrays.get()[name], "\(name)").floats().map(Double.init)
    }

    /// - Parameter file: below `../shared`.
    private static func picture(_ file: String) throws -> RGBPicture {
        let bytes = Array(try Data(contentsOf: try #require(Fixtures.sharedURL(file))))
        let picture = try PictureDecoder.decode(bytes).overWhite()
        return try RGBPicture(picture.pixels, width: picture.width, height: picture.height)
    }

    private static func flat(_ value: UInt8, _ width: Int, _ height: Int) throws -> RGBPicture {
        try RGBPicture([UInt8](repeating: value, count: width * height * 3), width: width, height: height)
    }

    private static func noise() throws -> RGBPicture {
        var random = SplitMix64(state: 7)
        let bytes = (0..<(256 * 256 * 3)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) }
        return try RGBPicture(bytes, width: 256, height: 256)
    }

    // MARK: Pictures

    static let names = [
        "photo-000002", "photo-000050", "vd006", "vox-0000000", "vox-0000060", "vox-0000120", "vox-0000180",
        "vox-0000240", "basis", "anime-1", "anime-driving-2", "anime-driving-4", "vox-1", "vox-driving-4", "far",
        "tiles", "nothing-blobs",
    ]

    @Test(arguments: names) func aPictureIsReadAsByTheReference(name: String) throws {
        let pictures = try Self.document.get().objectValue?["pictures"]?.arrayValue ?? []
        #expect(pictures.count == Self.names.count)
        let golden = try #require(pictures.first { $0["name"].stringValue == name })
        let picture = try Self.picture(try #require(golden["file"].stringValue))
        let read = try Self.tracker().read(picture)
        let unit = max(1, Double(max(picture.width, picture.height)) / 256)
        let faces = golden["faces"].arrayValue ?? []
        try #require(read.faces.count == faces.count)
        for (face, expected) in zip(read.faces, faces) {
            near("score", [face.score], [expected["score"]], within: 1e-4)
            near("box", Self.numbers(face.box), [expected["box"]], within: 0.02 * unit)
            near("points", face.keypoints.flatMap { [$0.x, $0.y] }, [expected["keypoints"]], within: 0.02 * unit)
        }
        guard golden["face"] != .null else {
            #expect(read.face == nil)
            return
        }
        let face = try #require(read.face)
        let expected = golden["face"]
        #expect(face.way.rawValue == expected["how"].stringValue)
        let scale = max(1, max(face.region.width, face.region.height) / 256)
        let region = expected["roi"]
        near(
            "region", [face.region.centre.x, face.region.centre.y, face.region.width, face.region.height],
            [region["x"], region["y"], region["width"], region["height"]], within: 0.04 * unit)
        near("turn", [face.region.turn * 180 / .pi], [region["turn"]], within: 0.04)
        near("presence", [face.score ?? .nan, face.presence], [expected["score"], expected["presence"]], within: 1e-3)
        near("tongue", [face.tongue], [expected["tongue"]], within: 2e-3)
        let landmarks = face.landmarks
        near(
            "landmarks", landmarks.points.flatMap { [$0.x, $0.y, $0.z] }, [expected["landmarks"]],
            within: 0.02 * scale)
        near("box", Self.numbers(landmarks.box), [expected["box"]], within: 0.02 * scale)
        near("5 points", landmarks.points5.flatMap { [$0.x, $0.y] }, [expected["points5"]], within: 0.02 * scale)
        near("68 points", landmarks.points68.flatMap { [$0.x, $0.y] }, [expected["points68"]], within: 0.02 * scale)
        near(
            "first look", face.firstLandmarks.points.flatMap { [$0.x, $0.y, $0.z] }, try Self.floats("\(name).first"),
            within: 0.02 * scale)
        try compareExpression(of: face, with: expected)
        let framing = try #require(HeadFraming.named.first { $0.name == golden["framing"].stringValue }).framing
        let square = framing.square(around: face.extent)
        let head = expected["head"]
        near("square", [square.x, square.y, square.side], [head["x"], head["y"], head["side"]], within: 0.08 * scale)
    }

    /// What is told of a face beside its points: coefficients, head, measures, inputs of a table, pose.
    private func compareExpression(of face: TrackedFace, with expected: JSONValue) throws {
        near(
            "coefficients", face.blendShapes, BlendShape.names.map { expected["blendshapes"][$0] }, within: 1e-3)
        near("matrix", face.head.matrix.flatMap(\.self), [expected["matrix"]], within: 4e-3)
        let angles = expected["angles"]
        near(
            "angles", [face.angles.pitch, face.angles.yaw, face.angles.roll],
            [angles["pitch"], angles["yaw"], angles["roll"]], within: 0.02)
        let measures = expected["measures"]
        near(
            "measures", [face.measures.mouthGap, face.measures.eyeRatioLeft, face.measures.eyeRatioRight],
            [measures["mouth_gap"], measures["eye_ratio_left"], measures["eye_ratio_right"]], within: 3e-4)
        let inputs = expected["inputs"].objectValue?.members ?? []
        #expect(Set(face.inputs.values.keys) == Set(inputs.map(\.name)))
        for (name, value) in inputs where !name.hasPrefix("head") {
            near(name, [face.inputs.values[name] ?? .nan], [value], within: 3e-3)
        }
        let pose = try face.inputs.pose(Self.tracker().mapping).values.map(Double.init)
        near("pose", pose, [expected["pose"]], within: 0.02)
    }

    @Test func picturesWithoutAFaceHaveNone() throws {
        let tracker = try Self.tracker()
        for picture in [
            try Self.flat(128, 256, 256), try Self.flat(255, 640, 480), try Self.flat(0, 1, 1),
            try Self.flat(90, 300, 1), try Self.noise(),
        ] {
            #expect(tracker.read(picture).face == nil, "\(picture.width)×\(picture.height)")
        }
    }

    // MARK: Clips

    @Test(arguments: ["plain", "smooth", "lost"]) func aClipIsFollowedAsByTheReference(name: String) throws {
        let vox = { (number: String) in try Self.picture("fixtures/real/vox_images/\(number).png") }
        let frames =
            try name == "lost"
            ? [
                vox("0000000"), vox("0000060"), Self.flat(128, 256, 256), Self.noise(), vox("0000120"), vox("0000120"),
            ] : ["0000000", "0000060", "0000120", "0000180", "0000240"].map(vox)
        let events = try Self.document.get()["events"][name].arrayValue ?? []
        try #require(events.count == frames.count)
        var state = TrackingState()
        for (index, frame) in frames.enumerated() {
            let read = try Self.tracker().read(
                frame, at: Double(index) / 25, &state, TrackingOptions(isSmooth: name != "plain"))
            #expect(read.face?.way.rawValue == events[index].stringValue, "frame \(index)")
            guard let face = read.face else { continue }
            func row(_ what: String, _ count: Int) throws -> [Double] {
                Array(try Self.floats("clip.\(name).\(what)")[(index * count)..<((index + 1) * count)])
            }
            let region = face.region
            near(
                "region, frame \(index)",
                [region.centre.x, region.centre.y, region.width, region.height, region.turn], try row("roi", 5),
                within: 0.04)
            near(
                "landmarks, frame \(index)", face.landmarks.points.flatMap { [$0.x, $0.y, $0.z] },
                try row("landmarks", FaceLandmarks.count * 3), within: 0.02)
            near("presence, frame \(index)", [face.presence], try row("presence", 1), within: 1e-3)
            near("coefficients, frame \(index)", face.blendShapes, try row("blendshapes", 52), within: 1e-3)
            near(
                "angles, frame \(index)", [face.angles.pitch, face.angles.yaw, face.angles.roll],
                try row("angles", 3), within: 0.02)
        }
    }

    @Test func pointsAreSmoothedAsByTheReference() throws {
        let (times, input) = (try Self.floats("euro.times"), try Self.floats("euro.input"))
        let output = try Self.floats("euro.output")
        var filter = LandmarkFilter()
        for (frame, time) in times.enumerated() {
            let points = (0..<8).map { point in
                let place = (frame * 8 + point) * 3
                return SIMD3(input[place], input[place + 1], input[place + 2])
            }
            near(
                "frame \(frame)", filter.smoothed(points, at: time).flatMap { [$0.x, $0.y, $0.z] },
                Array(output[(frame * 24)..<((frame + 1) * 24)]), within: 1e-4)
        }
    }

    /// The whole picture and one tile a frame, another one each time: what only a tile shows is found all the same.
    @Test func aLiveStreamLooksAtOneTileAfterTheOther() throws {
        let picture = try Self.picture("fixtures/tracker/pictures/tiles.png")
        var state = TrackingState()
        var found: [Int] = []
        for frame in 0..<6 where found.isEmpty {
            let read = try Self.tracker().read(picture, at: Double(frame) / 25, &state, TrackingOptions(isLive: true))
            if read.face != nil { found.append(frame) }
        }
        #expect(found.first ?? 0 > 0)
        let next = try Self.tracker().read(picture, at: 1, &state, TrackingOptions(isLive: true))
        #expect(next.face?.way == .tracked && next.faces.isEmpty && next.bestScore == 0)
    }

    @Test func framesOfAnotherSizeBeginAnew() throws {
        var state = TrackingState()
        for (index, file) in ["real/vox_images/0000000.png", "families/crops/photo-000002.png"].enumerated() {
            let read = try Self.tracker().read(
                try Self.picture("fixtures/" + file), at: Double(index) / 25, &state, TrackingOptions())
            #expect(read.face?.way == .detected)
        }
    }

    // MARK: Several faces

    /// Two drawn heads before a plain ground: a large one at the left, a small one at the right.
    private static func two(smallAt y: Int) throws -> RGBPicture {
        var bytes = [UInt8](repeating: 150, count: 640 * 480 * 3)
        for (name, left, top, side) in [("vox-1.png", 10, 80, 320), ("vox-3.png", 440, y, 180)] {
            let head = try Preparation.prepare(
                try PictureDecoder.decode(DemoSamples.file(name)), crop: .none, side: side, background: .edge
            ).picture.overWhite()
            for row in 0..<side {
                let (place, line) = (((top + row) * 640 + left) * 3, (row * side * 3)..<((row + 1) * side * 3))
                bytes.replaceSubrange(place..<(place + side * 3), with: head.pixels[line])
            }
        }
        return try RGBPicture(bytes, width: 640, height: 480)
    }

    /// A face that jumps out of its region is found again, and not the larger one beside it.
    @Test func aLostFaceIsTheNearestOne() throws {
        let tracker = try Self.tracker()
        #expect(try #require(tracker.read(try Self.two(smallAt: 20)).face).landmarks.box.middle.x < 320)
        var state = TrackingState()
        let first = tracker.read(try Self.two(smallAt: 20), at: 0, &state, TrackingOptions(choice: .index(1)))
        #expect(try #require(first.face).landmarks.box.middle.x > 440)
        let next = try #require(tracker.read(try Self.two(smallAt: 280), at: 0.04, &state, TrackingOptions()).face)
        #expect(next.way == .detected && next.landmarks.box.middle.x > 440 && next.landmarks.box.middle.y > 280)
    }

    @Test func theKernelsAgreeWithThePlainLoops() throws {
        let file = try Self.loaded.get().file
        for lanes in Processor.widths {
            let stages = try HeadTracker(file.arrays, pool: WorkerPool(threads: 2), lanes: lanes)
                .verify(against: file.arrays)
            #expect(stages.count == 5)
            for stage in stages { #expect(stage.passed, "\(lanes) lanes: \(stage)") }
        }
    }

    // MARK: Comparing

    private static func numbers(_ box: FaceBox) -> [Double] { [box.low.x, box.low.y, box.size.x, box.size.y] }

    private func near(_ what: String, _ got: [Double], _ expected: [JSONValue], within limit: Double) {
        near(what, got, expected.flatMap(\.numbers), within: limit)
    }

    private func near(_ what: String, _ got: [Double], _ expected: [Double], within limit: Double) {
        let largest = zip(got, expected).reduce(0) { largest, pair in
            let step = abs(pair.0 - pair.1)
            return step.isNaN ? .infinity : max(largest, step)
        }
        #expect(got.count == expected.count && largest <= limit, "\(what): \(largest) is more than \(limit)")
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue { objectValue?[name] ?? .null }

    /// All numbers of a list of lists, in order.
    fileprivate var numbers: [Double] { arrayValue?.flatMap(\.numbers) ?? [doubleValue ?? .nan] }
}
