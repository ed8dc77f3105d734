import AnimoMotion
import Testing

@testable import AnimoModel

struct FrameReadingTests {
    private func order(
        _ parts: [(String, Domain)], _ domain: Domain, hasTracker: Bool = true, takesPoses: Bool = true,
        mapping: ExpressionMapping? = nil
    ) -> [String] {
        Capabilities(
            domains: Domain.allCases, nativeSize: 256, codeCount: 70, takesPoses: takesPoses, takesMotions: true,
            readers: parts.map { HeadReader(part: $0.0, domain: $0.1, alignment: .square, side: 128) }
        ).readings(of: domain, mapping: mapping, hasTracker: hasTracker).map(\.name)
    }

    @Test("A photograph is read by what the model was trained with, then by the tracker, then by the slim estimator")
    func readsPhotographs() {
        let both = [("estimator", Domain.anime), ("estimator", .vox)]
        #expect(order(both, .vox) == ["tracker", "estimator"])
        #expect(order(both, .vox, hasTracker: false) == ["estimator"])
        #expect(
            order([("deep3d", .vox), ("estimator", .vox), ("deca", .vox)], .vox) == [
                "deep3d", "deca", "tracker", "estimator",
            ])
        #expect(order([], .vox) == ["tracker"])
        #expect(order([("keypoints", .vox)], .vox, takesPoses: false) == ["keypoints"])
    }

    @Test("A drawn head is read by the estimator, then by the tracker")
    func readsDrawnHeads() {
        #expect(order([("estimator", .anime)], .anime) == ["estimator", "tracker"])
        #expect(order([("deep3d", .vox)], .anime) == ["tracker"])
        #expect(order([], .anime, hasTracker: false).isEmpty)
    }

    @Test("A mapping from human expressions is no business of the tracker")
    func leavesMappings() {
        #expect(order([("deca", .vox)], .vox, mapping: .edtn) == ["deca"])
    }
}
