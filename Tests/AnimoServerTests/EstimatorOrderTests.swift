import AnimoFakeEngine
import AnimoModel
import AnimoMotion
import Testing

@testable import AnimoServer

struct EstimatorOrderTests {
    /// Names of the estimators that a model with these parts reads a domain's frames by, the usual one first.
    private func order(
        _ parts: [(String, Domain)], _ domain: Domain, hasTracker: Bool = true, takesPoses: Bool = true,
        mapping: ExpressionMapping? = nil
    ) throws -> [String] {
        let tracker = hasTracker ? try FaceReadingTests.tracker(seesFace: true) : nil
        let fake = FakeEngine(tracker: tracker) { capabilities in
            capabilities.takesPoses = takesPoses
            capabilities.readers = parts.map {
                NetworkEstimator(part: $0.0, domain: $0.1, alignment: .square, side: 128)
            }
        }
        let model = try #require(ModelRegistry([.init(name: "fake", engine: fake.engine)]).first)
        return model.readers(of: domain, mapping: mapping).map(\.name)
    }

    @Test("A photograph is read by what the model was trained with, then by the tracker, then by the slim estimator")
    func readsPhotographs() throws {
        let both = [("estimator", Domain.anime), ("estimator", .vox)]
        #expect(try order(both, .vox) == ["tracker", "estimator"])
        #expect(try order(both, .vox, hasTracker: false) == ["estimator"])
        #expect(
            try order([("deep3d", .vox), ("estimator", .vox), ("deca", .vox)], .vox) == [
                "deep3d", "deca", "tracker", "estimator",
            ])
        #expect(try order([], .vox) == ["tracker"])
        #expect(try order([("keypoints", .vox)], .vox, takesPoses: false) == ["keypoints"])
    }

    @Test("A drawn head is read by the estimator, then by the tracker")
    func readsDrawnHeads() throws {
        #expect(try order([("estimator", .anime)], .anime) == ["estimator", "tracker"])
        #expect(try order([("deep3d", .vox)], .anime) == ["tracker"])
        #expect(try order([], .anime, hasTracker: false).isEmpty)
    }

    @Test("A mapping from human expressions is no business of the tracker")
    func leavesMappings() throws {
        #expect(try order([("deca", .vox)], .vox, mapping: .basis) == ["deca"])
        #expect(try order([("deca", .vox)], .vox, mapping: .edtn).isEmpty)
    }
}
