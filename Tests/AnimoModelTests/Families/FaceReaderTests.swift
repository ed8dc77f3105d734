import AnimoCheckpoint
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct FaceReaderTests {
    private func compare(_ got: ResidualStages, _ golden: ArrayArchive, _ index: Int, output: String) throws {
        for (map, name) in zip(got.maps, ["stem", "layer1", "layer2", "layer3", "layer4"]) {
            let expected = try FamilyFixtures.golden(golden, "b2.\(name)")[index]
            #expect(shareOfLargest(map, expected) <= 1e-5, "\(name)")
        }
        #expect(shareOfLargest(got.pooled, try FamilyFixtures.golden(golden, "b2.pooled")[index]) <= 1e-5)
        #expect(largestDifference(got.output, try FamilyFixtures.golden(golden, "b2.\(output)")[index]) <= 1e-4)
    }

    @Test("Every stage of Deep3D agrees with its golden")
    func deep3D() throws {
        let network = try Deep3D(FamilyFixtures.weights("deep3d-small.pth", at: "net_recon"))
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deep3d-golden.safetensors"))
        for (index, picture) in try FamilyFixtures.pictures(golden, "b2.picture").enumerated() {
            let stages = network.stages(FamilyFixtures.context(), picture)
            try compare(stages, golden, index, output: "coefficients")
        }
    }

    @Test("Every stage of DECA agrees with its golden")
    func deca() throws {
        let network = try DECA(FamilyFixtures.weights("deca-small.tar", at: "E_flame"))
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deca-golden.safetensors"))
        for (index, picture) in try FamilyFixtures.pictures(golden, "b2.picture").enumerated() {
            let stages = network.stages(FamilyFixtures.context(), picture)
            try compare(stages, golden, index, output: "parameters")
        }
    }

    @Test("Of Deep3D's coefficients the renderers read expression, angles and translation")
    func motions() throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deep3d-golden.safetensors"))
        let expected = try FamilyFixtures.golden(golden, "motion70")
        for (name, motion) in zip(["000002", "000050", "vd006"], expected) {
            let coefficients = try FamilyFixtures.golden(golden, "\(name).coefficients")[0]
            #expect(try FaceCoefficients(coefficients).motion.values == motion)
        }
        #expect(throws: PoseError.self) { try FaceCoefficients([Float](repeating: 0, count: 256)) }
        #expect(throws: PoseError.self) { try FaceCoefficients([Float](repeating: .nan, count: 257)) }
    }

    @Test("Of DECA's parameters EDTN reads shape, expression and rotations")
    func codes() throws {
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("deca-golden.safetensors"))
        let expected = try FamilyFixtures.golden(golden, "code")
        for (name, code) in zip(["000002", "000050", "vd006"], expected) {
            let parameters = try FamilyFixtures.golden(golden, "\(name).parameters")[0]
            #expect(try FlameCode(parameters: parameters).values == code)
        }
        #expect(throws: PoseError.self) { try FlameCode(parameters: []) }
    }

    @Test("EDTN agrees with its golden, with the published weights and with small ones", arguments: ["real", "small"])
    func edtn(set: String) throws {
        let file = set == "real" ? "real/EDTN.pt" : "families/edtn-small.pt"
        let checkpoint = try CheckpointReader.tree(path: try #require(Fixtures.url(file)).path)
        let network = try EDTN(Weights(try #require(checkpoint.root.dictionaryValue).arrays))
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("edtn-golden.safetensors"))
        let context = FamilyFixtures.context()
        for (index, code) in try FamilyFixtures.golden(golden, "\(set).code").enumerated() {
            let stages = network.stages(context, try FlameCode(code))
            #expect(stages.face == (try FamilyFixtures.golden(golden, "\(set).face"))[index])
            for (layer, hidden) in stages.hidden.enumerated() {
                let expected = try FamilyFixtures.golden(golden, "\(set).hidden\(layer)")[index]
                #expect(largestDifference(hidden, expected) <= 1e-5)
            }
            let pose = try FamilyFixtures.golden(golden, "\(set).pose")[index]
            #expect(largestDifference(Array(stages.pose[..<17]), Array(pose[..<17])) <= 1e-5)
            #expect(largestDifference(Array(stages.pose[17...]), Array(pose[17...])) <= 1e-4)
        }
    }
}
