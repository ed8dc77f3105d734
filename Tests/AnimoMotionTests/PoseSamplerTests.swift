import Testing

@testable import AnimoMotion

@Suite struct PoseSamplerTests {
    @Test func drawsOneSemanticForEachRegion() {
        let mapping = PoseMapping(basis: nil)
        var sampler = PoseSampler(seed: 11)
        var seen: Set<Int> = []
        for _ in 0..<500 {
            let pose = sampler.next()
            let moved = (0..<Pose.morphs).filter { pose[$0] != 0 }
            seen.formUnion(moved)
            for region in PoseRegion.allCases {
                let indices = moved.filter { mapping.region(of: $0) == region }
                #expect(Set(indices.map { region == .mouth ? $0 : $0 / 2 }).count == 1)
                #expect(indices.count == (region == .mouth ? 1 : 2))
            }
            for index in 0..<Pose.morphs { #expect((0...1).contains(pose[index])) }
            for index in Pose.morphs..<Pose.count { #expect(abs(pose[index]) <= 20) }
        }
        #expect(seen == Set(0..<Pose.morphs))
    }

    @Test func sidesAreDrawnTogetherWhereThereIsOneMorphForBoth() {
        var sampler = PoseSampler(character: ["eye_closed", "mouth_a", "eyebrow_raised_left"], seed: 5)
        for _ in 0..<50 {
            let pose = sampler.next()
            #expect(pose[6] == pose[7] && pose[6] > 0)
            #expect(pose[2] == pose[3])
            #expect(pose.values[13...16].allSatisfy { $0 == 0 })
        }
    }

    @Test func theSameSeedGivesTheSamePoses() {
        var first = PoseSampler(seed: 7)
        var second = PoseSampler(seed: 7)
        var third = PoseSampler(seed: 8)
        let poses = (0..<5).map { _ in first.next() }
        #expect(poses == (0..<5).map { _ in second.next() })
        #expect(poses != (0..<5).map { _ in third.next() })
        var generator = SplitMix64(state: 0)
        #expect(generator.next() == 0xe220_a839_7b1d_cdaf)
    }
}
