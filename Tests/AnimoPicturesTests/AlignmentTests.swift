import AnimoMotion
import AnimoPictureTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoPictures

/// One case of `../shared/fixtures/families/crops/crops.json`.
private struct CropCase: Decodable, Sendable {
    struct Deep3D: Decodable, Sendable {
        let transParams: [Double]
        let resized: [Int]
        let leftUp: [Int]
    }
    struct DECA: Decodable, Sendable {
        let centre: [Double]
        let side: Int
    }
    let name: String
    let photo: String
    let landmarks: [[Double]]
    let deep3d: Deep3D
    let deca: DECA

    static func all() throws -> [CropCase] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try #require(Fixtures.url("families/crops/crops.json"))
        return try decoder.decode([CropCase].self, from: Data(contentsOf: file))
    }

    /// The photo, a JPEG as it was decoded for the goldens.
    func picture() throws -> Picture {
        let stem = photo.prefix { $0 != "." }
        let path = photo.hasSuffix(".jpg") ? "families/crops/photo-\(stem).png" : "real/photos/\(photo)"
        return try Self.picture(path)
    }

    static func picture(_ path: String) throws -> Picture {
        try PictureDecoder.decode(Array(Data(contentsOf: try #require(Fixtures.url(path)))))
    }

    func place() throws -> FacePlace { .landmarks(try Landmarks(landmarks.map { SIMD2($0[0], $0[1]) })) }
}

struct AlignmentTests {
    @Test(
        "Deep3D's crops are the published ones, byte for byte", .enabled(if: Fixtures.available, "needs ../shared"))
    func deep3D() throws {
        for test in try CropCase.all() {
            let (crop, transform) = try Deep3DAlignment.align(test.picture(), test.place())
            let expected = test.deep3d.transParams
            #expect(transform.width == Int(expected[0]) && transform.height == Int(expected[1]))
            #expect(abs(transform.scale - expected[2]) <= 1e-6)
            #expect(abs(transform.origin.x - expected[3]) <= 1e-3 && abs(transform.origin.y - expected[4]) <= 1e-3)
            #expect([transform.resizedWidth, transform.resizedHeight] == test.deep3d.resized)
            #expect([transform.left, transform.up] == test.deep3d.leftUp)
            let golden = try CropCase.picture("families/crops/deep3d-\(test.name).png").overWhite()
            #expect(crop == golden, "\(test.name)")
        }
    }

    @Test("DECA's crops are within a level of the published ones", .enabled(if: Fixtures.available, "needs ../shared"))
    func deca() throws {
        for test in try CropCase.all() {
            let picture = try test.picture()
            let square = try DECACrop.square(test.place(), in: picture)
            #expect(square.side == test.deca.side)
            #expect(abs(square.centre.x - test.deca.centre[0]) <= 1e-3)
            #expect(abs(square.centre.y - test.deca.centre[1]) <= 1e-3)
            let crop = try DECACrop.crop(picture, test.place())
            let golden = try CropCase.picture("families/crops/deca-\(test.name).png").overWhite()
            let worst = zip(crop.pixels, golden.pixels).map { abs($0 * 255 - Float($1)) }.max() ?? .infinity
            #expect(worst <= 1, "\(test.name)")
        }
    }

    @Test("Of 68 points the eyes are the means of their corners")
    func sixtyEight() throws {
        var points = (0..<68).map { SIMD2(Double($0), Double(2 * $0)) }
        points[36] = SIMD2(10, 20)
        points[39] = SIMD2(20, 24)
        let five = try Landmarks(points).five
        #expect(five == [SIMD2(15, 22), SIMD2(43.5, 87), SIMD2(30, 60), SIMD2(48, 96), SIMD2(54, 108)])
    }

    @Test("Without landmarks the standard points stand in a centred square")
    func centred() throws {
        let picture = TestPicture.smooth(300, 200)
        let (crop, transform) = try Deep3DAlignment.align(picture, .centred)
        let (boxed, same) = try Deep3DAlignment.align(picture, .box(Box(x: 50, y: 0, width: 200, height: 200)))
        #expect(crop == boxed && transform == same)
        #expect(crop.width == 224 && crop.height == 224)
        // One unit is half the square, and 102 pixels of the crop.
        #expect(abs(transform.scale - 1.02) < 1e-6)
        #expect(abs(transform.origin.x - 150) < 1e-3 && abs(transform.origin.y - 99) < 1e-3)
    }

    @Test("Points that are no face's are refused in words")
    func hostileLandmarks() throws {
        let picture = TestPicture.smooth(64, 64)
        #expect(throws: PictureError.self) { try Landmarks([]) }
        #expect(throws: PictureError.self) { try Landmarks([SIMD2<Double>](repeating: .zero, count: 6)) }
        #expect(throws: PictureError.self) { try Landmarks([SIMD2<Double>](repeating: SIMD2(.nan, 0), count: 5)) }
        #expect(throws: PictureError.self) { try Landmarks([SIMD2<Double>](repeating: SIMD2(1e300, 0), count: 5)) }
        let point = FacePlace.landmarks(try Landmarks([SIMD2<Double>](repeating: SIMD2(3, 4), count: 5)))
        #expect(throws: PictureError.self) { try Deep3DAlignment.align(picture, point) }
        #expect(throws: PictureError.self) { try DECACrop.crop(picture, point) }
        #expect(throws: PictureError.self) { try LatentPoseCrop.crop(picture, point) }
        for box in [
            Box(x: 0, y: 0, width: 0, height: 0), Box(x: .nan, y: 0, width: 9, height: 9),
            Box(x: 0, y: 0, width: .infinity, height: 9), Box(x: 0, y: 0, width: 1e9, height: 1e9),
            Box(x: 1e12, y: 0, width: 9, height: 9), Box(x: 0, y: 0, width: -9, height: 9),
        ] {
            #expect(throws: PictureError.self) { try LatentPoseCrop.crop(picture, .box(box)) }
        }
        // Faces of every size and place give a crop or an error, never a trap.
        var random = SplitMix64(state: 5)
        for _ in 0..<40 {
            let scale = Double.random(in: 0.01...2000, using: &random)
            let shift = SIMD2(
                Double.random(in: -3000...3000, using: &random), Double.random(in: -3000...3000, using: &random))
            let base = Deep3DAlignment.standardPoints(in: Box(x: 0, y: 0, width: scale, height: scale))
            let place = FacePlace.landmarks(try Landmarks(base.map { $0 + shift }))
            let aligned = try? Deep3DAlignment.align(picture, place).picture
            #expect(aligned.map { $0.pixels.count == 224 * 224 * 3 } ?? true)
            let cropped = try? DECACrop.crop(picture, place)
            #expect(cropped.map { $0.pixels.count == 224 * 224 * 3 } ?? true)
            let padded = try? LatentPoseCrop.crop(picture, place)
            #expect(padded.map { $0.pixels.count == 256 * 256 * 3 } ?? true)
        }
    }

    @Test("A crop for Latent Pose Descriptors of a box inside the picture is the square 1.8 times as large")
    func latentPoseInside() throws {
        let picture = TestPicture.smooth(600, 500)
        let crop = try LatentPoseCrop.crop(picture, .box(Box(x: 200, y: 150, width: 150, height: 180)))
        #expect(crop.width == 256 && crop.height == 256)
        // The square is 275 − 162 … 275 + 162 by 240 − 162 … 240 + 162, and colours go up evenly.
        func colour(_ pixel: Int) -> SIMD2<Double> {
            SIMD2(Double(crop.pixels[pixel * 3]), Double(crop.pixels[pixel * 3 + 1]))
        }
        let middle = colour(128 * 256 + 128)
        #expect(abs(middle.x - (40 + 170 * 275 / 599)) < 2 && abs(middle.y - (30 + 190 * 240 / 499)) < 2)
        let step = colour(128 * 256 + 228) - colour(128 * 256 + 28)
        #expect(abs(step.x - 170 * 324.0 * 200 / 256 / 599) < 3)
    }

    @Test("However large the box, a crop for Latent Pose Descriptors is of a bounded square", arguments: [0.5, 1, 7])
    func latentPoseLarge(share: Double) throws {
        let picture = TestPicture.smooth(3000, 2000)
        let side = 3000 * share
        let box = Box(x: 1500 - side / 2, y: 1000 - side / 2, width: side, height: side)
        let crop = try LatentPoseCrop.crop(picture, .box(box))
        #expect(crop.width == 256 && crop.height == 256)
        let place = (128 * 256 + 128) * 3
        // At seven times the picture, the picture is some twenty pixels wide.
        let slack = share > 1 ? 16 : 4
        #expect(abs(Int(crop.pixels[place]) - 125) <= slack && abs(Int(crop.pixels[place + 1]) - 125) <= slack)
    }

    @Test("What a crop for Latent Pose Descriptors adds is reflected, blurred, and at the far edge the median")
    func latentPosePadding() throws {
        let picture = TestPicture.noise(90, 90, seed: 9)
        let faded = picture.cutFaded(PixelBox(left: -60, top: 10, right: 80, bottom: 80))
        #expect(faded.width == 140 && faded.height == 70)
        // Well inside nothing changes: at a third of the padding from the edge and beyond.
        for y in 0..<70 {
            for x in 82..<140 {
                let (a, b) = ((y * 140 + x) * 3, ((y + 10) * 90 + x - 60) * 3)
                #expect(faded.pixels[a] == picture.pixels[b])
            }
        }
        // The outermost column is one colour.
        let edge = (0..<70).map { faded.pixels[$0 * 140 * 3] }
        #expect(Set(edge).count == 1)
        let places: [Int] = (-4..<8).map { Picture.reflected($0, 3) }
        #expect(places == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1])
        #expect(Picture.reflected(-7, 1) == 0)
        let inside = picture.cutFaded(PixelBox(left: 0, top: 0, right: 90, bottom: 90))
        #expect(inside == picture)
    }

    @Test("A head that fills its picture is only resized for Latent Pose Descriptors", arguments: [256, 100, 700])
    func latentPoseCentred(side: Int) throws {
        let picture = TestPicture.smooth(side, side)
        let crop = try LatentPoseCrop.crop(picture, .centred)
        #expect(crop.width == 256 && crop.height == 256)
        if side == 256 { #expect(crop == picture) }
        let place = (128 * 256 + 128) * 3
        #expect(abs(Int(crop.pixels[place]) - 125) <= 2)
    }
}
