import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoModel

@Suite struct ModelFileTests {
    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsTheDemoModel() throws {
        let file = try ModelFile(path: try #require(Fixtures.sharedURL("demo/demo.safetensors")).path)
        #expect(file.metadata.nativeSize == 128)
        #expect(file.metadata.domains == [.anime, .vox])
        #expect(file.metadata.estimators == [.anime: 128, .vox: 128])
        #expect(
            file.metadata.widths
                == AnimoWidths(warpBase: 8, editBase: 8, limit: 64, latent: 64, style: 128, coefficients: 70))
        #expect(file.metadata.channels == PoseMapping.standardChannels)
        #expect(!file.metadata.channelsInferred)
        #expect(file.metadata.title == "drawn heads")
        #expect(file.metadata.document["multiply_adds"] != nil)
        #expect(file.poseMapping.hasBasis)
        #expect(file.digestText.count == 64)
    }
}
