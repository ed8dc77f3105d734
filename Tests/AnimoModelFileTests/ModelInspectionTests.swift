import AnimoModelTestSupport
import AnimoCheckpoint
import Foundation
import Testing

@testable import AnimoModelFile

@Suite struct ModelInspectionTests {
    @Test func describesAModelFile() throws {
        let bytes = try SmallModel.bytes(
            try SmallModel.arrays(), metadata: SmallModel.metadata(more: #", "title": "small\u001b[31m""#))
        let inspection = try ModelInspection(inspecting: FileBytes(bytes))
        #expect(inspection.format == "model file" && inspection.fault == nil)
        #expect(inspection.domains == ["anime", "vox"] && inspection.nativeSize == 64)
        #expect(
            inspection.parts.map(\.name) == [
                "anime.editing", "anime.warping", "motion", "pose_basis", "vox.editing", "vox.estimator", "vox.warping",
            ])
        #expect(inspection.parameters == inspection.parts.reduce(0) { $0 + $1.parameters })
        #expect(inspection.bytes == 4 * inspection.parameters)
        #expect(inspection.description.contains("64 × 64"))
        #expect(!inspection.description.contains("\u{1b}"))
        let data = try JSONEncoder().encode(inspection)
        #expect(String(decoding: data, as: UTF8.self).contains("\"native_size\":64"))
        #expect(try JSONDecoder().decode(ModelInspection.self, from: data) == inspection)
    }

    @Test func describesWhatIsNoModelYet() throws {
        let checkpoint = try Safetensors.bytes(of: try ModelConversionTests.published(dead: true).arrays.values)
        let inspection = try ModelInspection(inspecting: FileBytes(checkpoint))
        #expect(inspection.family == "animo" && inspection.fault?.contains("convert") == true)
        #expect(inspection.parts.contains { $0.name == "warpping_netA" })
        let broken = try SmallModel.bytes(try SmallModel.arrays(), metadata: SmallModel.metadata(native: 65))
        #expect(try ModelInspection(inspecting: FileBytes(broken)).fault?.contains("native_size") == true)
        #expect(throws: ModelFileError.self) { try ModelInspection(inspecting: FileBytes([1, 2, 3])) }
    }
}
