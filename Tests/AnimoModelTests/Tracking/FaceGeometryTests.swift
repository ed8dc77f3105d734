import AnimoModelFile
import AnimoMotion
import Foundation
import Testing

@testable import AnimoModel

/// A turn by pitch, yaw and roll in degrees with the signs of ``HeadAngles``: x right, y up, z to the viewer.
private func rotation(pitch: Double, yaw: Double, roll: Double) -> Matrix3 {
    let (p, y, r) = (pitch * .pi / 180, yaw * .pi / 180, -roll * .pi / 180)
    func turned(_ v: SIMD3<Double>) -> SIMD3<Double> {
        let a = SIMD3(v.x, cos(p) * v.y - sin(p) * v.z, sin(p) * v.y + cos(p) * v.z)
        let b = SIMD3(cos(y) * a.x + sin(y) * a.z, a.y, -sin(y) * a.x + cos(y) * a.z)
        return SIMD3(cos(r) * b.x - sin(r) * b.y, sin(r) * b.x + cos(r) * b.y, b.z)
    }
    return Matrix3(columns: (turned(SIMD3(1, 0, 0)), turned(SIMD3(0, 1, 0)), turned(SIMD3(0, 0, 1))))
}

private func points(_ count: Int, _ random: inout SplitMix64) -> [SIMD3<Double>] {
    var points: [SIMD3<Double>] = []
    for _ in 0..<count {
        var point = SIMD3<Double>()
        for axis in 0..<3 { point[axis] = Double(random.unit()) * 10 - 5 }
        points.append(point)
    }
    return points
}

/// Whether two numbers are as near as arithmetic gets them, or as told.
private func isNear(_ a: Double?, _ b: Double, within limit: Double = 1e-9) -> Bool {
    guard let a else { return false }
    return abs(a - b) < limit
}

private func areNear(_ a: Matrix3, _ b: Matrix3) -> Bool {
    (0..<9).allSatisfy { isNear(a[$0 / 3, $0 % 3], b[$0 / 3, $0 % 3]) }
}

struct SimilarityTests {
    @Test("A similarity is found back from what it does to points, whatever its turn")
    func findsBack() throws {
        var random = SplitMix64(state: 1)
        for _ in 0..<50 {
            let from = points(20, &random)
            let turn = rotation(
                pitch: Double(random.unit()) * 360, yaw: Double(random.unit()) * 360, roll: Double(random.unit()) * 360)
            let scale = 0.1 + 3 * Double(random.unit())
            let shift = points(1, &random)[0]
            let to: [SIMD3<Double>] = from.map { turn * $0 * scale + shift }
            let weights: [Double] = from.map { _ in Double(random.unit()) }
            let found = try #require(Similarity(from: from, to: to, weights: weights))
            #expect(isNear(found.scale, scale))
            #expect(areNear(found.rotation, turn))
            for axis in 0..<3 { #expect(isNear(found.translation[axis], shift[axis], within: 1e-8)) }
        }
    }

    @Test("Of mirrored points it is a rotation still, and of points on a plane the right one")
    func isNoReflection() throws {
        var random = SplitMix64(state: 2)
        let from = points(30, &random)
        let mirrored: [SIMD3<Double>] = from.map { $0 * SIMD3<Double>(-1, 1, 1) }
        let weights = [Double](repeating: 1, count: 30)
        let found = try #require(Similarity(from: from, to: mirrored, weights: weights)).rotation
        let volume = (cross(found.columns.0, found.columns.1) * found.columns.2).sum()
        #expect(isNear(volume, 1))
        let plane: [SIMD3<Double>] = from.map { $0 * SIMD3<Double>(1, 1, 0) }
        let turn = rotation(pitch: 20, yaw: -50, roll: 70)
        let other = try #require(Similarity(from: plane, to: plane.map { turn * $0 }, weights: weights)).rotation
        #expect(areNear(other, turn))
    }

    @Test("Points on a line, all in one place or no numbers have none")
    func refusesLines() {
        let weights = [Double](repeating: 1, count: 8)
        let line: [SIMD3<Double>] = (0..<8).map { SIMD3<Double>(Double($0), 0, 0) }
        let place = [SIMD3<Double>](repeating: SIMD3(1, 2, 3), count: 8)
        let none = [SIMD3<Double>](repeating: SIMD3(repeating: .nan), count: 8)
        for points in [line, place, none] {
            #expect(Similarity(from: points, to: points, weights: weights) == nil)
        }
        #expect(Similarity(from: line, to: line, weights: [Double](repeating: 0, count: 8)) == nil)
    }
}

struct HeadPoseTests {
    /// A face that is no plane, its points in the camera's space projected to a picture.
    @Test(
        "A turned head is read with its turns: down, to image right and clockwise are positive",
        arguments: [(0.0, 0.0, 0.0), (15, 0, 0), (-10, 0, 0), (0, 30, 0), (0, -25, 0), (0, 0, 20), (8, -12, -30)])
    func readsAngles(pitch: Double, yaw: Double, roll: Double) throws {
        var random = SplitMix64(state: 4)
        let vertices = points(CanonicalFace.count, &random)
        let face = try CanonicalFace(
            vertices: vertices.flatMap { [Float($0.x), Float($0.y), Float($0.z)] },
            weights: [Float](repeating: 1, count: CanonicalFace.count))
        let turn = rotation(pitch: pitch, yaw: yaw, roll: roll)
        // Far away, where the picture is nearly a parallel projection: pixels of a picture of 640×480.
        let (distance, half) = (400.0, tan(31.5 * Double.pi / 180))
        let unit = 480 / (2 * half)
        let landmarks = (0..<FaceLandmarks.count).map { index -> SIMD3<Double> in
            let point = turn * face.vertices[index % CanonicalFace.count]
            let depth = distance - point.z
            let (x, y) = (320 + point.x / depth * unit, 240 - point.y / depth * unit)
            return SIMD3<Double>(x, y, -point.z / distance * unit)
        }
        let pose = try #require(HeadPose(FaceLandmarks(landmarks), width: 640, height: 480, face: face))
        #expect(isNear(pose.angles.pitch, pitch, within: 0.5))
        #expect(isNear(pose.angles.yaw, yaw, within: 0.5))
        #expect(isNear(pose.angles.roll, roll, within: 0.5))
        #expect(pose.matrix.count == 4)
        #expect(pose.matrix[3] == [0, 0, 0, 1])
        #expect(isNear(pose.matrix[2][3], -distance, within: 20))
    }

    @Test("A canonical face of other counts, or of which nothing counts, is refused")
    func refusesFaces() {
        let vertices = [Float](repeating: 1, count: 3 * CanonicalFace.count)
        for (vertices, weights) in [
            (vertices, [Float](repeating: 0, count: CanonicalFace.count)),
            (vertices, [Float](repeating: -1, count: CanonicalFace.count)), (vertices, [1]), ([1, 2, 3], [1]),
        ] {
            #expect(throws: ModelError.self) { try CanonicalFace(vertices: vertices, weights: weights) }
        }
    }
}

struct FaceInputsTests {
    private func inputs(
        _ shapes: [String: Double] = [:], gap: Double = 0, left: Double = 0.3, right: Double = 0.3, yaw: Double = 0
    ) -> [String: Double] {
        FaceInputs(
            blendShapes: BlendShape.names.map { shapes[$0] ?? 0 },
            measures: FaceMeasures(mouthGap: gap, eyeRatioLeft: left, eyeRatioRight: right),
            angles: HeadAngles(pitch: 1, yaw: yaw, roll: 3)
        ).values
    }

    @Test("There are 54, the neutral one not among them")
    func names() {
        let all = inputs(["_neutral": 1])
        #expect(all.count == 54)
        #expect(all["_neutral"] == nil)
        #expect(all["headPitch"] == 1 && all["headYaw"] == 0 && all["headRoll"] == 3)
    }

    @Test("An open mouth opens the jaw, half as far in a broad smile, and never closes it")
    func opensTheJaw() throws {
        func jaw(_ shapes: [String: Double] = [:], gap: Double) -> Double { inputs(shapes, gap: gap)["jawOpen"] ?? -1 }
        #expect(jaw(gap: 0.01) == 0)
        #expect(isNear(jaw(gap: 0.52), 0.4))
        #expect(isNear(jaw(["mouthSmileLeft": 1, "mouthSmileRight": 1], gap: 0.52), 0.2))
        #expect(jaw(["jawOpen": 0.7], gap: 0.1) == 0.7)
        #expect(jaw(gap: 9) == 1)
    }

    @Test("Lids that measure shut are shut, each eye by itself")
    func closesEyes() {
        let all = inputs(["eyeBlinkRight": 0.6], left: 0.05, right: 0.3)
        #expect(all["eyeBlinkLeft"] == 1)
        #expect(all["eyeBlinkRight"] == 0.6)
        #expect(isNear(inputs(left: 0.11)["eyeBlinkLeft"], 0.5))
    }

    @Test("The eye turned away follows the near one: its own left one for a turn to image right")
    func followsTheNearEye() {
        let shapes = ["eyeBlinkLeft": 0.2, "eyeBlinkRight": 1.0]
        #expect(inputs(shapes, yaw: 20)["eyeBlinkLeft"] == 0.2)
        #expect(isNear(inputs(shapes, yaw: 27.5)["eyeBlinkLeft"], 0.6))
        #expect(inputs(shapes, yaw: 40)["eyeBlinkLeft"] == 1)
        #expect(inputs(shapes, yaw: 40)["eyeBlinkRight"] == 1)
        #expect(isNear(inputs(shapes, yaw: -40)["eyeBlinkRight"], 0.2))
    }
}

struct FaceDetectionTests {
    private func face(_ score: Double, x: Double, y: Double = 0, side: Double = 10) -> FaceDetection {
        FaceDetection(
            score: score, numbers: [x, y, x + side, y + side] + [Double](repeating: x, count: 12))
    }

    @Test("What overlaps the best is averaged with it by scores; what does not stays")
    func suppresses() {
        let faces = [face(0.6, x: 1), face(0.9, x: 0), face(0.7, x: 30)].suppressed()
        #expect(faces.map(\.score) == [0.9, 0.7])
        #expect(isNear(faces[0].box.low.x, 0.4))
        #expect(isNear(faces[1].box.low.x, 30))
        #expect([FaceDetection]().suppressed().isEmpty)
    }

    @Test("A chain is one face for each best, not one for all")
    func suppressesChains() {
        // Each overlaps its neighbour by more than half, the ends each other by less.
        let faces = [face(0.9, x: 0), face(0.8, x: 3), face(0.7, x: 6)].suppressed()
        #expect(faces.count == 2)
    }

    @Test("Boxes that share less than half of their union are two faces")
    func keepsNeighbours() {
        let faces = [face(0.9, x: 0), face(0.8, x: 5)].suppressed()
        #expect(faces.map(\.score) == [0.9, 0.8])
    }

    @Test("Tiles reach from edge to edge, a quarter apart at most; a short axis has one")
    func tiles() {
        #expect(SearchSquare.tiles(width: 640, height: 480).count == 6)
        #expect(SearchSquare.tiles(width: 512, height: 512).count == 9)
        #expect(SearchSquare.tiles(width: 1000, height: 10).map(\.centre.y) == [5, 5, 5])
        for (width, height) in [(640, 480), (480, 640), (1, 1), (3, 1), (1920, 1080)] {
            let tiles = SearchSquare.tiles(width: width, height: height)
            let longer = Double(max(width, height))
            for (length, places) in [(width, tiles.map(\.centre.x)), (height, tiles.map(\.centre.y))] {
                let sorted = Set(places).sorted()
                guard sorted.count > 1 else { continue }
                #expect(isNear(sorted.first, longer / 4))
                #expect(isNear(sorted.last, Double(length) - longer / 4))
                let steps: [Double] = zip(sorted, sorted.dropFirst()).map { $1 - $0 }
                #expect(steps.allSatisfy { $0 <= longer / 4 + 1e-9 })
            }
        }
    }

    @Test("Rows that are no numbers or have no area are dropped")
    func dropsNoBoxes() {
        var output = FaceDetector.Output(
            scores: [Float](repeating: -9, count: 896), rows: [Float](repeating: 0, count: 896 * 16))
        let square = SearchSquare(width: 128, height: 128)
        let sizes: [(Int, Float, Float)] = [(0, 20, 20), (1, .nan, 20), (2, 20, 0), (3, -5, 20)]
        for (anchor, width, height) in sizes {
            output.scores[anchor] = 3
            (output.rows[anchor * 16 + 2], output.rows[anchor * 16 + 3]) = (width, height)
        }
        let found = output.detections(in: square, threshold: 0.5)
        #expect(found.count == 1)
        #expect(found.first?.box.middle == SIMD2(4, 4))
        #expect(output.detections(in: square, threshold: 0.99).isEmpty)
    }

    @Test("Only regions that are finite, of some size and centred in the picture are looked at")
    func judgesRegions() {
        func isUsable(x: Double, side: Double, turn: Double = 0) -> Bool {
            FaceRegion(centre: SIMD2(x, 10), width: side, height: side, turn: turn).isUsable(width: 100, height: 50)
        }
        #expect(isUsable(x: 50, side: 40) && isUsable(x: 0, side: 16) && isUsable(x: 99, side: 400))
        #expect(!isUsable(x: 50, side: 15) && !isUsable(x: 50, side: 401) && !isUsable(x: 100, side: 40))
        #expect(!isUsable(x: -1, side: 40) && !isUsable(x: .nan, side: 40) && !isUsable(x: 50, side: 40, turn: .nan))
    }
}

struct SteadySquareTests {
    private func face(_ x: Double, size: Double = 100) -> FaceExtent {
        let half = SIMD2(repeating: size / 2)
        let middle = SIMD2(x, 200)
        return FaceExtent(middle: middle, size: size, box: FaceBox(low: middle - half, high: middle + half))
    }

    private func squares(_ places: [Double?], size: (Int) -> Double = { _ in 100 }) -> [HeadSquare?] {
        var steady = SteadySquare(.voxCeleb)
        return places.enumerated().map { frame, x in
            steady.square(x.map { face($0, size: size(frame)) }, at: Double(frame) / 25)
        }
    }

    private func largestStep(_ squares: [HeadSquare?]) -> Double {
        zip(squares, squares.dropFirst()).reduce(0) { largest, pair in
            guard let a = pair.0, let b = pair.1 else { return .infinity }
            return max(largest, abs(a.x - b.x))
        }
    }

    @Test("There is none before the first face; one without a face keeps it")
    func startsWithAFace() {
        let all = squares([nil, 300, nil, nil])
        #expect(all[0] == nil && all[1] != nil && all[2] == all[1] && all[3] == all[1])
    }

    @Test(
        "The first face sets it, the median of five corrects it gliding, and a head that moves a little does not move it"
    )
    func standsStill() throws {
        let restless: [Double?] = (0..<60).map { $0.isMultiple(of: 2) ? 325 : 295 }
        let all = squares([300, 310, 310, 310, 310] + restless)
        let (first, last) = (try #require(all[0]), try #require(all[64]))
        #expect(isNear(last.x - first.x, 10))
        #expect(all[..<5].allSatisfy { $0 == all[0] })
        #expect(all[30...].allSatisfy { $0 == all[64] })
        // Half a second, and no leap.
        #expect(largestStep(all) < 2)
    }

    @Test("It follows a head that stays away for ten frames, not one that comes back after nine")
    func followsWhatStaysAway() throws {
        let away = 300 + 100 / 0.611 / 6 + 5
        let start = [Double?](repeating: 300, count: 25)
        let back = squares(start + [Double?](repeating: away, count: 9) + [Double?](repeating: 300, count: 40))
        #expect(back[25...].allSatisfy { $0 == back[24] })
        let gone = squares(start + [Double?](repeating: away, count: 40))
        #expect(gone[33] == gone[24])
        let (before, after) = (try #require(gone[24]), try #require(gone[64]))
        #expect(isNear(after.x - before.x, away - 300))
        #expect(largestStep(gone) < 6)
        let larger = squares([Double?](repeating: 300, count: 60), size: { $0 < 25 ? 100 : 130 })
        #expect(isNear(larger[59]?.side, 130 / 0.611))
    }

    @Test("One square for a known clip has every box inside, the face where the framing wants it")
    func coversClips() throws {
        let faces = [face(200), face(300), face(310), face(320), face(500)]
        let square = try #require(HeadFraming.voxCeleb.square(of: faces))
        let margin = 1e-9
        for face in faces {
            #expect(face.box.low.x >= square.x - margin)
            #expect(face.box.low.y >= square.y - margin)
            #expect(face.box.high.x <= square.x + square.side + margin)
            #expect(face.box.high.y <= square.y + square.side + margin)
        }
        #expect(isNear(square.x + 0.5 * square.side, 310))
        let again = faces.map {
            FaceExtent(in: HeadFraming.voxCeleb.square(around: $0), by: .voxCeleb, box: $0.box)
        }
        #expect(zip(again, faces).allSatisfy { isNear($0.size, $1.size) && isNear($0.middle.x, $1.middle.x) })
        #expect(HeadFraming.voxCeleb.square(of: []) == nil)
        let alone = try #require(HeadFraming.voxCeleb.square(of: [face(300)]))
        #expect(alone == HeadFraming.voxCeleb.square(around: face(300)))
    }
}

struct RGBPictureTests {
    @Test("Bytes that are not those of so many pixels are refused")
    func refusesCounts() {
        for (count, width, height) in [(11, 2, 2), (13, 2, 2), (0, 0, 0), (3, -1, -1), (12, .max, 4)] {
            #expect(throws: ModelError.self) {
                try RGBPicture([UInt8](repeating: 0, count: count), width: width, height: height)
            }
        }
    }
}
