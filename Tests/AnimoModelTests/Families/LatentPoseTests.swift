import AnimoCheckpoint
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel

@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct LatentPoseTests {
    private static func networks(method: ConvolutionMethod? = nil) throws -> LatentPoseNetworks {
        let tree = try CheckpointReader.tree(path: FamilyFixtures.url("lpd-small.pth"))
        var arrays: [String: NamedArray] = [:]
        for (part, prefix) in [("generator", "generator."), ("embedder", "")] {
            let own = try #require(tree.value(at: "running_averages", part)?.dictionaryValue).arrays
            for (name, array) in own { arrays[prefix + name] = array.renamed(prefix + name) }
        }
        let widths = try #require(LatentPoseWidths(arrays.mapValues(\.shape), under: ""))
        return try LatentPoseNetworks(
            Weights(arrays, style: Weights.Style(method: method, nativeSize: 256)), widths)
    }

    @Test("Every stage agrees with its golden")
    func stages() throws {
        let networks = try Self.networks()
        let golden = try CheckpointReader.read(path: FamilyFixtures.url("lpd-golden.safetensors"))
        for set in ["one", "b2"] {
            for (index, picture) in try FamilyFixtures.pictures(golden, "\(set).driving").enumerated() {
                let stages = networks.stages(FamilyFixtures.executor(), picture)
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
}
