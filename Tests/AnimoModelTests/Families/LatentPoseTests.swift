import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoCompute
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct LatentPoseTests {
    private static func file(_ options: ModelConversion.Options = .init()) throws -> ModelFile {
        try FamilyCheckpoint.converted("lpd-small.pth", options)
    }

    private static func model() throws -> LatentPose { try LatentPose(file: file(), pool: WorkerPool(threads: 2)) }

    @Test("Every stage agrees with its golden")
    func stages() throws {
        let model = try Self.model()
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("lpd-golden.safetensors"))
        for set in ["one", "b2"] {
            for (index, picture) in try FamilyFixtures.pictures(golden, "\(set).driving").enumerated() {
                let stages = model.stages(picture)
                func expected(_ leaf: String) throws -> [Float] {
                    try FamilyFixtures.golden(golden, "\(set).\(leaf)")[index]
                }
                #expect(largestDifference(stages.pose, try expected("pose")) <= 5e-5)
                #expect(largestDifference(stages.affine, try expected("affine")) <= 1e-4)
                #expect(largestDifference(stages.mask, try expected("mask")) <= 1e-4)
                #expect(largestDifference(stages.output, try expected("output")) <= 2e-4)
                guard set == "one" else { continue }
                for feature in [0, 1, 2, 4, 7, 11, 14, 17, 18] {
                    #expect(
                        shareOfLargest(stages.features[feature], try expected("features\(feature)")) <= 1e-4,
                        "feature \(feature)")
                }
                for block in 0..<8 {
                    #expect(
                        shareOfLargest(stages.blocks[block], try expected("block\(block)")) <= 1e-4, "block \(block)")
                }
            }
        }
    }

    @Test("A frame of any head is read and drawn as by its golden, alone and in company")
    func renders() throws {
        let model = try #require(
            try Self.file().headModel(pool: WorkerPool(threads: 2)) as? LatentPose)
        #expect(model.capabilities.codeCount == 24 && !model.capabilities.needsSource)
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("lpd-golden.safetensors"))
        let picture = try FamilyFixtures.pictures(golden, "one.driving")[0]
        let reader = try #require(model.capabilities.reader(of: .vox))
        let numbers = try model.read([FrameImage(picture), FrameImage(picture)], by: reader)
        #expect(numbers.count == 2 && numbers[0] == numbers[1])
        let code = try model.code(of: numbers[0], in: DriverContext(domain: .vox, kind: .frame(.vox))).code
        let blank = FloatImage(pixels: [], width: 256, height: 256)
        let source = try model.prepare(SourceImages(flow: blank, editing: blank), domain: .vox)
        #expect(source.width == 256 && source.byteCount == 0)
        let expected = try FamilyFixtures.golden(golden, "one.output")[0]
        let alone = try model.render([RenderRequest(source: source, code: code)])
        #expect(largestDifference(alone[0].picture.pixels, expected) <= 2e-4)
        let other = DriverCode(code.values.map { $0 / 2 })
        let both = try model.render([
            RenderRequest(source: source, code: other), RenderRequest(source: source, code: code),
        ])
        #expect(both[1] == alone[0] && both[0] != both[1])
    }

    @Test("What cannot drive it is refused in words")
    func refusals() throws {
        let model = try Self.model()
        let context = DriverContext(domain: .vox, kind: .motion)
        for numbers in [DriverNumbers.pose(Pose()), .motion(Motion()), .code(DriverCode([1, 2]))] {
            let error = #expect(throws: ModelError.self) { try model.code(of: numbers, in: context) }
            #expect(error?.code == .missingPart && error?.message.contains("24") == true)
        }
        let reader = model.capabilities.readers[0]
        let small = FrameImage(FloatImage(pixels: [], width: 64, height: 64))
        #expect(throws: ModelError.self) { try model.read([small], by: reader) }
        let blank = SourceImages(
            flow: FloatImage(pixels: [], width: 32, height: 32), editing: FloatImage(pixels: [], width: 32, height: 32))
        #expect(throws: ModelError.self) { try model.prepare(blank, domain: .anime) }
        let foreign = try Self.model().prepare(blank, domain: .vox)
        let code = DriverCode([Float](repeating: 0, count: 24))
        #expect(throws: ModelError.self) { try model.render([RenderRequest(source: foreign, code: code)]) }
    }

    @Test("The kernels agree with the plain loops")
    func plainLoops() throws {
        let file = try Self.file()
        let stages = try LatentPose(file: file, pool: WorkerPool(threads: 2)).verify(against: file)
        #expect(stages.count == 4)
        for stage in stages { #expect(stage.passed, "\(stage)") }
    }

    @Test("The published generator's tensors are those listed")
    func publishedTensors() throws {
        let list = try String(
            contentsOf: try #require(Fixtures.sharedURL("spec/tensors_lpd_generator.txt")), encoding: .utf8)
        var listed: TensorShapes = [:]
        for line in list.split(separator: "\n") where !line.hasPrefix("#") {
            let columns = line.split(separator: "\t")
            guard columns.count == 2 else { continue }
            let numbers = columns[1].split { !$0.isNumber }.compactMap { Int(String($0)) }
            listed["vox.generator.\(columns[0])"] = numbers
        }
        #expect(listed.count == 86)
        #expect(LatentPoseTensors.generator(.published, under: "vox.generator") == listed)
        #expect(LatentPoseTensors.encoder([:], pose: 256, under: "vox.pose_encoder").count == 262)
        #expect(LatentPoseWidths(listed, under: "vox.") == nil)
        var whole = listed
        whole.merge(LatentPoseTensors.encoder([:], pose: 256, under: "vox.pose_encoder")) { first, _ in first }
        #expect(LatentPoseWidths(whole, under: "vox.") == .published)
    }
}
