import AnimoModelFile
import Foundation
import Testing

@testable import AnimoModel

/// What is made of a face's points, on faces of numbers.
struct FaceLandmarksTests {
    /// A face whose points are all at (100, 50) but for some.
    private func face(_ points: [Int: SIMD2<Double>] = [:]) -> FaceLandmarks {
        FaceLandmarks(
            (0..<FaceLandmarks.count).map { index in
                let point = points[index] ?? SIMD2(100, 50)
                return SIMD3(point.x, point.y, 0)
            })
    }

    @Test("Irises are told in the coordinates of pixels' edges")
    func tellsIrises() {
        let (left, right) = face([468: SIMD2(30, 40), 473: SIMD2(60, 44)]).irises
        #expect(left == SIMD2(30.5, 40.5) && right == SIMD2(60.5, 44.5))
    }

    @Test("An eye's lids are measured by its own corners, the face's left eye at image right")
    func measuresLids() {
        var points: [Int: SIMD2<Double>] = [359: SIMD2(170, 20), 362: SIMD2(150, 20)]
        for (upper, lower, x) in [(387, 373, 155.0), (386, 374, 160), (385, 380, 165)] {
            points[upper] = SIMD2(x, 16)
            points[lower] = SIMD2(x, 24)
        }
        // The other one is shut.
        (points[130], points[133]) = (SIMD2(50, 20), SIMD2(70, 20))
        (points[13], points[14]) = (SIMD2(110, 90), SIMD2(110, 130))
        let measures = face(points).measures
        #expect(abs(measures.eyeRatioLeft - 0.4) < 1e-9 && measures.eyeRatioRight == 0)
        #expect(abs(measures.mouthGap - 0.5) < 1e-9)
    }

    @Test("The jaw goes from the ear at image left by the chin to the ear at image right, in equal steps")
    func goesAlongTheJaw() {
        var points: [Int: SIMD2<Double>] = [:]
        for (place, index) in FaceTopology.jaw[0].enumerated() { points[index] = SIMD2(Double(place), 5) }
        for (place, index) in FaceTopology.jaw[1].enumerated() { points[index] = SIMD2(22 - Double(place), 5) }
        let jaw = face(points).points68.prefix(17)
        for (number, point) in jaw.enumerated() { #expect(abs(point.x - Double(number) * 22 / 16) < 1e-9) }
    }

    @Test("Size and middle of a face do not change as it tilts", arguments: [0.0, 30, -70, 160])
    func isAsLargeHoweverItTilts(degrees: Double) {
        let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
        func turned(_ x: Double, _ y: Double) -> SIMD2<Double> {
            SIMD2(100 + x * cosine - y * sine, 50 + x * sine + y * cosine)
        }
        // 60 wide, 40 high.
        let extent = FaceExtent(
            face([33: turned(-20, 0), 263: turned(20, 0), 1: turned(-30, -20), 2: turned(30, 20), 3: turned(30, -20)]))
        #expect(abs(extent.size - 50) < 1e-9)
        #expect(abs(extent.middle.x - 100) < 1e-9 && abs(extent.middle.y - 50) < 1e-9)
    }

    @Test(
        "A region is one and a half times a detection, turned as its eyes; points go back through it, and their depth")
    func goesThroughARegion() {
        let detection = FaceDetection(
            score: 1, box: FaceBox(low: SIMD2(10, 20), high: SIMD2(50, 40)),
            keypoints: [SIMD2(20, 20), SIMD2(30, 30)] + [SIMD2<Double>](repeating: .zero, count: 4))
        let region = FaceRegion(detection)
        #expect(region.centre == SIMD2(30, 30) && region.width == 60 && region.height == 30)
        #expect(abs(region.turn - .pi / 4) < 1e-12)
        let quarter = FaceRegion(centre: SIMD2(100, 50), width: 512, height: 256, turn: .pi / 2)
        let point = quarter.landmarks([192, 128, 10]).points[0]
        #expect(abs(point.x - 100) < 1e-9 && abs(point.y - 178) < 1e-9 && abs(point.z - 20) < 1e-9)
    }
}
