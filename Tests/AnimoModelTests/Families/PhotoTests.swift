import AnimoCheckpoint
import AnimoCompute
import AnimoJSON
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Photos with their landmarks, cropped and read, from picture to numbers.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct PhotoTests {
    static let names = ["000002", "000050", "vd006"]

    private static func picture(_ path: String) throws -> Picture {
        try PictureDecoder.decode(Array(Data(contentsOf: try #require(Fixtures.url(path))))).overWhite()
    }

    /// A photo and its five landmarks.
    private static func photo(_ name: String) throws -> (picture: Picture, place: FacePlace) {
        let json = try JSONValue(parsing: Data(contentsOf: try #require(Fixtures.url("families/crops/crops.json"))))
        let test = try #require(json.arrayValue?.first { $0.objectValue?["name"]?.stringValue == name }?.objectValue)
        let points = try #require(test["landmarks"]?.arrayValue).map { point in
            SIMD2(point.arrayValue?[0].doubleValue ?? .nan, point.arrayValue?[1].doubleValue ?? .nan)
        }
        let file = try #require(test["photo"]?.stringValue)
        let path =
            file.hasSuffix(".jpg") ? "families/crops/photo-\(file.prefix { $0 != "." }).png" : "real/photos/\(file)"
        return (try picture(path), .landmarks(try Landmarks(points)))
    }

    @Test("Deep3D reads a photo as the published code does, to 73 numbers of a frame", arguments: names)
    func deep3D(name: String) throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deep3d-golden.safetensors"))
        let network = try Deep3D(FamilyFixtures.weights("deep3d-small.pth", at: "net_recon"))
        let (picture, place) = try Self.photo(name)
        let (crop, transform) = try Deep3DAlignment.align(picture, place)
        let frame = FloatImage(rgb8: crop.pixels, width: crop.width, height: crop.height)
        let got = network.stages(FamilyFixtures.context(), frame).output
        #expect(largestDifference(got, try FamilyFixtures.golden(golden, "\(name).coefficients")[0]) <= 1e-4)

        let index = try #require(Self.names.firstIndex(of: name))
        let expected = try FamilyFixtures.golden(golden, "\(name).coefficients")[0]
        let placed = DriverNumbers.placed(try FaceCoefficients(expected).motion, transform.placement)
        #expect(largestDifference(placed.values, try FamilyFixtures.golden(golden, "motion73")[index]) <= 1e-4)
        let recorded = try FamilyFixtures.golden(golden, "trans_params")[index]
        let same = DriverNumbers.placed(
            try FaceCoefficients(expected).motion, SIMD3(recorded[2], recorded[3], recorded[4]))
        #expect(same.values == (try FamilyFixtures.golden(golden, "motion73"))[index])
    }

    @Test("Three photos make the first window of a clip")
    func window() throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deep3d-golden.safetensors"))
        let frames = try FamilyFixtures.golden(golden, "motion73")
        let window = try #require(golden.arrays["window.0"]).floats()
        let places = MotionWindow.frames(around: 0, of: frames.count)
        for (time, place) in places.enumerated() {
            for number in 0..<73 { #expect(window[number * 27 + time] == frames[place][number]) }
        }
    }

    @Test("DECA reads a photo as the published code does, its crop rounded to bytes or not", arguments: names)
    func deca(name: String) throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deca-golden.safetensors"))
        let network = try DECA(FamilyFixtures.weights("deca-small.tar", at: "E_flame"))
        let bytes = try Self.picture("families/crops/deca-\(name).png")
        let rounded = network.stages(
            FamilyFixtures.context(), FloatImage(rgb8: bytes.pixels, width: bytes.width, height: bytes.height))
        #expect(
            largestDifference(rounded.output, try FamilyFixtures.golden(golden, "\(name).parameters")[0]) <= 1e-4)
        let (picture, place) = try Self.photo(name)
        let crop = try DECACrop.crop(picture, place)
        let whole = network.stages(
            FamilyFixtures.context(), FloatImage(pixels: crop.pixels, width: crop.width, height: crop.height))
        #expect(largestDifference(whole.output, try FamilyFixtures.golden(golden, "\(name).end_to_end")[0]) <= 1e-4)
    }

    @Test("DECA's crop is not rounded")
    func floatCrop() throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deca-golden.safetensors"))
        let (picture, place) = try Self.photo("000050-edge")
        let crop = try DECACrop.crop(picture, place)
        #expect(largestDifference(crop.pixels, try FamilyFixtures.golden(golden, "float-crop")[0]) <= 1e-5)
    }
}
