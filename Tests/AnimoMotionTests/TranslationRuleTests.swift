import Testing

@testable import AnimoMotion

@Suite struct TranslationRuleTests {
    static let cases: [(Domain, DriverKind, own: Bool, asked: Bool, expected: Float, assumed: Bool)] = [
        (.anime, .pose, true, true, 0, false), (.anime, .motion, true, true, 0, false),
        (.anime, .frame(.vox), false, false, 0, false), (.anime, .frame(.anime), false, true, 0, false),
        (.vox, .motion, true, true, 1, false), (.vox, .frame(.vox), true, true, 1, false),
        (.vox, .pose, true, true, 2, false), (.vox, .pose, false, true, 3, false),
        (.vox, .pose, false, false, 0, true), (.vox, .frame(.anime), true, false, 2, false),
        (.vox, .frame(.anime), false, false, 0, true),
    ]

    @Test(arguments: cases.indices) func translationBelongsToThePictureThatIsDrawn(index: Int) {
        let (source, driver, own, asked, expected, assumed) = Self.cases[index]
        let result = TranslationRule.translation(
            source: source, driver: driver, driven: [1, 1, 1], own: own ? [2, 2, 2] : nil,
            asked: asked ? [3, 3, 3] : nil)
        #expect(result.translation == SIMD3(repeating: expected))
        #expect(result.assumed == assumed)
    }
}
