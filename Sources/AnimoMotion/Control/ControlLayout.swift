/// Layout of a state's numbers: the group of each, its bounds, and its image in a mirror. A state is a flat array, so
/// that every stage is one loop.
package struct ControlLayout: Sendable, Equatable {
    /// Indices of the head's angles.
    package struct Rotation: Sendable, Equatable {
        /// Index of the nod.
        package var pitch: Int
        /// Index of the turn.
        package var yaw: Int
        /// Index of the tilt.
        package var roll: Int
    }

    /// Number of numbers in a state.
    package let count: Int
    /// Indices of each group; a group that the model lacks is absent.
    package let groups: [ControlGroup: [Int]]
    /// The part of a motion's expression that no pose can show: unnamed numbers at the end of the state, which belong
    /// to
    /// the expression as a whole.
    package let remainder: Range<Int>
    /// Indices of the head's angles.
    package let rotation: Rotation
    /// Units of a number in a degree; 1 for numbers that are no angles.
    package let scale: [Double]
    /// Places of the lids' numbers, 1 where shut; their filter spares blinks.
    package let lids: [Int]
    /// The lids that ``IdleMotion`` shuts, left and right.
    package let blinkingLids: [Int]
    /// Ranges that a driver's numbers are clamped to.
    package let accepted: [ClosedRange<Double>]
    /// The range that a number is cut to where a pose drives.
    package let shown: [ClosedRange<Double>]
    /// Indices that change places in a mirror.
    package let mirrorPairs: [SIMD2<Int>]
    /// Indices whose sign a mirror changes.
    package let mirrorSigns: [Int]

    private static let unbounded = -Double.infinity...Double.infinity
    private static let distance = -1e3...1e3
    private static let morph = -1.0...2.0
    private static let degrees = -90.0...90.0

    /// A model with a basis: the 20 numbers of a pose, x, y, z of translation, and the 64 of a motion's expression that
    /// the pose leaves.
    package static let motion = ControlLayout(morphs: Pose.morphs, remainder: Motion.expressions)

    /// A motion of a model without a basis: no morphs, three angles, translation, and the whole expression.
    package static let motionWithoutBasis = ControlLayout(morphs: 0, remainder: Motion.expressions)

    /// - Parameters:
    ///   - morphs: 17 where the state begins with those of a pose, or none.
    ///   - remainder: numbers of a motion's expression that are carried along.
    private init(morphs: Int, remainder: Int) {
        let translation = morphs + 3..<morphs + 6
        count = translation.upperBound + remainder
        var groups: [ControlGroup: [Int]] = [
            .rotation: Array(morphs..<morphs + 3), .translation: Array(translation),
        ]
        if morphs > 0 {
            groups[.brows] = Array(0..<6)
            groups[.eyes] = Array(6..<12)
            groups[.mouth] = Array(12..<17)
        }
        self.groups = groups
        self.remainder = translation.upperBound..<count
        rotation = Rotation(pitch: morphs, yaw: morphs + 2, roll: morphs + 1)
        scale = [Double](repeating: 1, count: count)
        lids = morphs > 0 ? [6, 7] : []
        blinkingLids = lids
        accepted =
            Array(repeating: Self.morph, count: morphs) + Array(repeating: Self.degrees, count: 3)
            + Array(repeating: Self.distance, count: 3 + remainder)
        let limit = Double(PoseMapping.angleLimit)
        shown =
            Array(repeating: 0...1, count: morphs) + Array(repeating: -limit...limit, count: 3)
            + Array(repeating: Self.unbounded, count: 3 + remainder)
        mirrorPairs = morphs > 0 ? stride(from: 0, to: 12, by: 2).map { SIMD2($0, $0 + 1) } : []
        mirrorSigns = [morphs + 1, morphs + 2, morphs + 3]
    }

    /// The 45 numbers of Talking Head Anime 3. Its angles are -15, -10 and -15 degrees a unit; its body turns with
    /// filters and factors of the head's.
    package static let talkingHead3 = ControlLayout()

    private init() {
        count = 45
        groups = [
            .brows: Array(0..<12), .eyes: Array(12..<26) + [37, 38], .mouth: Array(26..<37), .rotation: [39, 40, 41],
            .body: [42, 43, 44],
        ]
        remainder = count..<count
        rotation = Rotation(pitch: 39, yaw: 40, roll: 41)
        var scale = [Double](repeating: 1, count: count)
        for (index, degrees) in [(39, -15.0), (40, -10), (41, -15), (42, -10), (43, -15)] {
            scale[index] = 1 / degrees
        }
        self.scale = scale
        lids = [12, 13, 14, 15, 18, 19]
        blinkingLids = [12, 13]
        let irises = 37..<39
        accepted = (0..<count).map { index in
            guard scale[index] == 1 else { return -90 * abs(scale[index])...90 * abs(scale[index]) }
            return irises.contains(index) ? -2...2 : Self.morph
        }
        shown = (0..<count).map { scale[$0] == 1 && !irises.contains($0) ? 0...1 : -1...1 }
        mirrorPairs = (Array(stride(from: 0, to: 26, by: 2)) + [32, 34]).map { SIMD2($0, $0 + 1) }
        mirrorSigns = [38, 40, 41, 42, 43]
    }
}
