import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoCompute
import AnimoJSON
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Checkpoints of the parts that read faces, joined to a family's networks.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct PartConversionTests {
    static let files = [
        ("deep3d", "families/deep3d-small.pth"), ("deca", "families/deca-small.tar"),
        ("edtn", "families/edtn-small.pt"),
        ("edtn", "real/EDTN.pt"),
    ]

    static func part(_ name: String, _ file: String) throws -> ModelConversion.Part {
        try .init(name, FileBytes(mapping: try #require(Fixtures.url(file)).path))
    }

    /// The small AniMo with parts.
    static func model(_ parts: [ModelConversion.Part], half: Bool = false) throws -> ModelFile {
        let archive = ArrayArchive(
            arrays: try SmallModel.arrays(), metadata: ["animo": SmallModel.metadata()])
        return try ModelFile(bytes: try ModelConversion.convert(archive, parts: parts, options: .init(half: half)))
    }

    @Test("A part is joined by its checkpoint and its counters are left out", arguments: files)
    func joins(name: String, file: String) throws {
        let model = try Self.model([Self.part(name, file)])
        #expect(model.metadata.parts == ["vox.estimator", name])
        #expect(!model.arrays.keys.contains { $0.contains("num_batches_tracked") })
        let again = try ModelConversion.convert(
            ArrayArchive(arrays: model.arrays, metadata: ["animo": model.metadata.document.textForTests]))
        #expect(try ModelFile(bytes: again).metadata.parts == model.metadata.parts)
    }

    @Test("A part alone is no model, and says which one it is", arguments: files)
    func alone(name: String, file: String) throws {
        let bytes = try FileBytes(mapping: try #require(Fixtures.url(file)).path)
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(bytes) }
        #expect(error?.message.contains("--part \(name)") == true, "\(error?.message ?? "")")
    }

    @Test("A part that is almost right is one error with everything expected and got", arguments: files)
    func almostRight(name: String, file: String) throws {
        let bytes = try FileBytes(mapping: try #require(Fixtures.url(file)).path)
        var archive = try CheckpointReader.readEverything(bytes)
        let row = try #require(PartRow.row(named: name))
        let copy = try #require(row.publication.copy(in: archive.arrays.keys))
        let names = archive.arrays.keys.filter { key in
            key.hasPrefix(copy) && row.publication.modelName(String(key.dropFirst(copy.count)), domain: .vox) != nil
                && key.hasSuffix(".bias")
        }.sorted()
        archive.arrays[names[0]] = nil
        archive.arrays[names[1]] = NamedArray(name: names[1], shape: [3, 1], floats: [0, 0, 0])
        let extra = copy + (name == "edtn" ? "main.8.weight" : name == "deca" ? "layers.9.x" : "final_layers.9.x")
        archive.arrays[extra] = NamedArray(name: extra, shape: [1], floats: [0])
        let error = #expect(throws: ModelFileError.self) { try Self.model([.init(name, archive)]) }
        #expect(error?.code == .tensors)
        for word in ["3 tensors are not", "missing ", "misshapen ", "got [3, 1]", "surplus "] {
            #expect(error?.message.contains(word) == true, "\(word) in \(error?.message ?? "")")
        }
    }

    @Test("Photographed frames are read by the parts as by their goldens")
    func readsFrames() throws {
        let file = try Self.model(
            [
                Self.part("deep3d", "families/deep3d-small.pth"), Self.part("deca", "families/deca-small.tar"),
                Self.part("edtn", "real/EDTN.pt"),
            ])
        let model = try file.headModel(pool: WorkerPool(threads: 2))
        #expect(model.capabilities.readers.map(\.part) == ["deep3d", "estimator", "deca"])
        let reader = try #require(model.capabilities.reader(of: .vox))
        #expect(reader.part == "deep3d" && reader.side == 224 && reader.alignment == .deep3D)
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deep3d-golden.safetensors"))
        let expected = try FamilyFixtures.golden(golden, "b2.coefficients")
        let frames = try FamilyFixtures.pictures(golden, "b2.picture").map {
            FrameImage($0, placement: SIMD3(1, 2, 3))
        }
        for (numbers, coefficients) in zip(try model.read(frames, by: reader), expected) {
            let motion = try FaceCoefficients(coefficients).motion
            #expect(largestDifference(numbers.values, motion.values + [1, 2, 3]) <= 1e-4)
        }

        let other = try #require(model.capabilities.reader(of: .vox, mapping: .edtn))
        #expect(other.part == "deca" && other.alignment == .deca)
        let faces = try CheckpointReader.read(path: FamilyFixtures.url("deca-golden.safetensors"))
        let parameters = try FamilyFixtures.golden(faces, "b2.parameters")
        let pictures = try FamilyFixtures.pictures(faces, "b2.picture").map { FrameImage($0) }
        for (numbers, expected) in zip(try model.read(pictures, by: other), parameters) {
            #expect(largestDifference(numbers.values, try FlameCode(parameters: expected).values) <= 1e-4)
        }
        #expect(throws: ModelError.self) {
            try model.read(
                pictures,
                by: NetworkEstimator(
                    part: "nose", domain: .vox, alignment: .square, side: 224))
        }
    }

    @Test("A FLAME code drives AniMo through EDTN's pose, and without it the missing part is named")
    func flameCodes() throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("edtn-golden.safetensors"))
        let (code, pose) = (
            try FamilyFixtures.golden(golden, "real.code")[0], try FamilyFixtures.golden(golden, "real.pose")[0]
        )
        let model = try Self.model([Self.part("edtn", "real/EDTN.pt")]).headModel(pool: WorkerPool(threads: 1))
        let coded = try model.code(of: .flame(code), in: DriverContext(domain: .anime, kind: .motion))
        let expected = try model.poseMapping.motion(from: Pose(pose))
        #expect(largestDifference(coded.code.values, expected.values) <= 1e-4)
        let plain = try Self.model([]).headModel(pool: WorkerPool(threads: 1))
        let error = #expect(throws: ModelError.self) {
            try plain.code(of: .flame(code), in: DriverContext(domain: .anime, kind: .motion))
        }
        #expect(error?.code == .missingPart && error?.message.contains("edtn") == true)
    }

    @Test("Five photographed faces' codes drive the anime generator through EDTN as in the golden")
    func drivenGenerator() throws {
        let bytes = try ModelConversion.convert(
            FamilyCheckpoint.bytes("edtn-anime-small.ckpt"), parts: [Self.part("edtn", "real/EDTN.pt")])
        let model = try ModelFile(bytes: bytes).headModel(pool: WorkerPool(threads: 2))
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("edtn-anime-golden.safetensors"))
        let picture = try FamilyFixtures.pictures(golden, "driven.source")[0]
        let source = try model.prepare(SourceImages(flow: picture, editing: picture), domain: .anime)
        let (motions, outputs) = (
            try FamilyFixtures.golden(golden, "driven.motion"), try FamilyFixtures.golden(golden, "driven.output")
        )
        for (index, code) in try FamilyFixtures.golden(golden, "driven.code").enumerated() {
            let context = DriverContext(domain: .anime, source: source, kind: .motion)
            let coded = try model.code(of: .flame(code), in: context).code
            #expect(largestDifference(coded.values, motions[index]) <= 1e-4)
            let rendered = try model.render([RenderRequest(source: source, code: coded)])
            #expect(largestDifference(rendered[0].picture.pixels, outputs[index]) <= 2e-4)
            #expect(try model.retarget(.flame(code)).pose?.values == coded.values)
        }
    }

    @Test("Half precision keeps what norms are folded from")
    func half() throws {
        let model = try Self.model([Self.part("deep3d", "families/deep3d-small.pth")], half: true)
        #expect(model.arrays["vox.deep3d.backbone.bn1.running_var"]?.elementType == .float32)
        #expect(model.arrays["vox.deep3d.backbone.conv1.weight"]?.elementType == .float16)
    }
}

extension JSONObject {
    fileprivate var textForTests: String { JSONValue.object(self).text }
}
