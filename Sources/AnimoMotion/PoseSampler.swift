/// Random poses after the paper's Algorithm 1.
///
/// One semantic each for eyebrows, eyes and mouth among those the character has; left and right drawn independently
/// where it has both morphs, else one value for both; intensities from U(0, 1), angles from U(−20°, 20°); every other
/// number 0. The same seed gives the same poses everywhere.
package struct PoseSampler: Sendable {
    /// Largest angle that is sampled, in degrees.
    package static let angleLimit: Float = 20

    private let semantics: [PoseRegion: [Semantic]]
    private var generator: SplitMix64

    /// Morphs that are drawn together.
    private struct Semantic: Sendable {
        /// Each group gets one value.
        var groups: [[Int]]
    }

    /// - Parameters:
    ///   - channels: names of a pose's numbers.
    ///   - character: the morphs the character has, both-sided names among them for morphs that know no sides; nil
    ///     for all channels.
    package init(
        channels: [String] = PoseMapping.standardChannels, character: Set<String>? = nil, seed: UInt64
    ) {
        let mapping = PoseMapping(channels: channels, basis: nil)
        let has = { (name: String) in character?.contains(name) ?? mapping.channels.contains(name) }
        var semantics: [PoseRegion: [Semantic]] = [:]
        var sided: Set<Int> = []
        for (name, indices) in mapping.bothSided {
            sided.formUnion(indices)
            guard let region = mapping.region(of: indices[0]) else { continue }
            let sides = indices.filter { has(mapping.channels[$0]) }
            if sides.count == 2 {
                semantics[region, default: []].append(Semantic(groups: indices.map { [$0] }))
            } else if has(name) || !sides.isEmpty {
                semantics[region, default: []].append(Semantic(groups: [indices]))
            }
        }
        for index in 0..<Pose.morphs where !sided.contains(index) && has(mapping.channels[index]) {
            guard let region = mapping.region(of: index) else { continue }
            semantics[region, default: []].append(Semantic(groups: [[index]]))
        }
        self.semantics = semantics
        generator = SplitMix64(state: seed)
    }

    /// The next pose.
    package mutating func next() -> Pose {
        var pose = Pose()
        for region in [PoseRegion.eyes, .brows, .mouth] {
            guard let choices = semantics[region], let semantic = choices.randomElement(using: &generator) else {
                continue
            }
            for group in semantic.groups {
                let value = generator.unit()
                for index in group { pose[index] = value }
            }
        }
        for index in Pose.morphs..<Pose.count { pose[index] = (2 * generator.unit() - 1) * Self.angleLimit }
        return pose
    }
}
