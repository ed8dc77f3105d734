import Foundation

/// From human faces in ARKit's 52 blendshapes to Talking Head Anime 3's 45 numbers, by the rules and default thresholds
/// of its own iFacialMocap converter. No ``MappingTable`` can write them, since its vowels solve a least problem.
package struct TalkingHead3Mapping: Sendable {
    /// The brow morph that browDown drives.
    package var loweredBrow = "angry"
    /// The eye morph of a closed eye.
    package var closedEye = "wink"
    /// A fixed setting, never from wide eyes.
    package var smallIrises: Float = 0
    /// Indicates whether the body takes part in the head's yaw and roll.
    package var bodyFollows = true
    /// Indicates whether the irises look where the face's eyes do.
    package var irisesFollow = true

    /// Creates one with the defaults.
    package init() {}

    /// - Parameter inputs: intensities 0…1 by ARKit's names, absent is 0; and the head's angles in degrees.
    /// - Returns: 45 numbers in the order of ``PoseLayout/talkingHead3``, each in its range.
    package func callAsFunction(_ inputs: [InputName: Double]) -> [Double] {
        var values = PoseBuilder()
        let face = ARKitFace(inputs)
        func both(_ name: String, _ value: (_ side: String) -> Double) {
            values["\(name)_left"] = value("Left")
            values["\(name)_right"] = value("Right")
        }
        let (smile, happy) = (face.smile, face.happiness)
        both("eyebrow_raised") { unit(face["browInnerUp"] + face["browOuterUp\($0)"]) }
        both("eyebrow_\(loweredBrow)") { (1 - happy) * unit(face["browDown\($0)"] / 0.4) }
        both("eyebrow_happy") { _ in unit(smile) * happy }
        both("eye_surprised") { unit(face["eyeWide\($0)"] / 0.5) }
        both("eye_\(closedEye)") { (1 - happy) * unit(face["eyeBlink\($0)"] / 0.8) }
        both("eye_happy_wink") { happy * unit(face["eyeBlink\($0)"] / 0.8) }
        both("eye_raised_lower_eyelid") { unit((face["cheekSquint\($0)"] - 0.1) / 0.6) }
        both("iris_small") { _ in Double(smallIrises) }
        if irisesFollow {
            let acrossLeft = face["eyeLookInLeft"] - face["eyeLookOutLeft"]
            let acrossRight = face["eyeLookOutRight"] - face["eyeLookInRight"]
            let up = face["eyeLookUpLeft"] + face["eyeLookUpRight"]
            let down = face["eyeLookDownLeft"] + face["eyeLookDownRight"]
            values["iris_rotation_y"] = signed((acrossLeft + acrossRight) / 2 / 0.75)
            values["iris_rotation_x"] = signed((up - down) / 2 / 0.75)
        }
        values["head_x"] = signed(-(inputs[.headPitch] ?? 0) / 15)
        values["head_y"] = signed(-(inputs[.headYaw] ?? 0) / 10)
        values["neck_z"] = signed(-(inputs[.headRoll] ?? 0) / 15)
        if bodyFollows {
            values["body_y"] = values["head_y"]
            values["body_z"] = values["neck_z"]
        }
        speak(&values, face)
        return values.numbers
    }

    private func speak(_ values: inout PoseBuilder, _ face: ARKitFace) {
        for side in ["left", "right"] { values["mouth_raised_corner_\(side)"] = unit(face.smile) }
        guard face.opening > 0 else {
            let frown = unit((face["mouthFrownLeft"] + face["mouthFrownRight"]) / 0.6)
            for side in ["left", "right"] { values["mouth_lowered_corner_\(side)"] = frown }
            return
        }
        let lower = unit(face["mouthLowerDownLeft"] + face["mouthLowerDownRight"])
        let vowels = VowelMix.shares(of: SIMD4(face.opening, lower, face["mouthFunnel"], face["mouthPucker"]))
        let funnel = unit((face["mouthFunnel"] - 0.25) / 0.25)
        let rounded = unit(vowels[2] + vowels[3])
        values["mouth_aaa"] = vowels[0]
        values["mouth_iii"] = vowels[1]
        values["mouth_uuu"] = rounded * (1 - funnel)
        values["mouth_ooo"] = rounded * funnel
    }

    /// Blendshapes of a face whose mouth was measured, for these rules.
    ///
    /// The vowels tell an open mouth by the jaw and the lower lip together, and a face tracker's coefficients of both
    /// hardly move on a smile, so both become what is seen between the lips; the lip of a rounded mouth goes down by
    /// half, as in the vowel ooo. Where a smile shows teeth the mouth is open all the same: raised corners are numbers
    /// of their own here and make no scream of it.
    ///
    /// - Parameter mouthGap: between the lips, in distances between the eyes' inner corners.
    package static func measured(_ inputs: [InputName: Double], mouthGap: Double) -> [InputName: Double] {
        var inputs = inputs
        func raise(_ name: String, to value: Double) {
            let name = InputName(name)
            inputs[name] = max(inputs[name] ?? 0, value)
        }
        raise("jawOpen", to: min(1, 0.8 * max(0, mouthGap - 0.02)))
        let face = ARKitFace(inputs)
        let roundness = unit(face["mouthFunnel"] + face["mouthPucker"])
        for side in ["Left", "Right"] {
            raise("mouthLowerDown\(side)", to: face.opening * (1 - 0.5 * roundness) / 2)
        }
        return inputs
    }

    /// Lift of the chest, 0…1, after a time: it follows a clock and no driver.
    package static func breathing(seconds: Double, perMinute: Double) -> Float {
        Float((1 - cos(2 * .pi * seconds * perMinute / 60)) / 2)
    }
}

extension TalkingHead3Mapping {
    /// Share of a face's expression that the 45 numbers show: 1 − ‖shapes that no rule reads‖ / ‖shapes‖, 1 where there
    /// are none; of brows, eyes (with the cheeks under them) and mouth, and of all.
    package func expressed(_ inputs: [InputName: Double]) -> Expressed {
        let face = ARKitFace(inputs)
        // The corners of an open mouth do not go down, and the lips of a shut one form no vowel.
        let unread = Self.unread.union(face.opening > 0 ? Self.unreadInOpenMouth : Self.unreadInShutMouth)
        var sums: [PoseRegion: (all: Double, unread: Double)] = [:]
        for (name, value) in inputs {
            guard let region = Self.region(of: name.text) else { continue }
            let square = value * value
            sums[region, default: (0, 0)].all += square
            if unread.contains(name.text) { sums[region, default: (0, 0)].unread += square }
        }
        func share(_ regions: [PoseRegion]) -> Double {
            let (all, unread) = regions.reduce((0.0, 0.0)) { sum, region in
                let part = sums[region] ?? (0, 0)
                return (sum.0 + part.all, sum.1 + part.unread)
            }
            return all > 0 ? 1 - (unread / all).squareRoot() : 1
        }
        return Expressed(
            overall: share(PoseRegion.allCases), brows: share([.brows]), eyes: share([.eyes]), mouth: share([.mouth]))
    }

    private static let unread = Set(
        [
            "eyeSquintLeft", "eyeSquintRight", "jawForward", "jawLeft", "jawRight", "mouthClose", "mouthLeft",
            "mouthRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
            "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthPressLeft", "mouthPressRight",
            "mouthUpperUpLeft", "mouthUpperUpRight", "cheekPuff", "noseSneerLeft", "noseSneerRight", "tongueOut",
        ].map { $0.lowercased() })
    private static let unreadInOpenMouth: Set<String> = ["mouthfrownleft", "mouthfrownright"]
    private static let unreadInShutMouth: Set<String> = [
        "mouthlowerdownleft", "mouthlowerdownright", "mouthfunnel", "mouthpucker",
    ]

    /// nil for what is no blendshape.
    private static func region(of name: String) -> PoseRegion? {
        if name.hasPrefix("brow") { return .brows }
        if name.hasPrefix("eye") || name.hasPrefix("cheeksquint") { return .eyes }
        let isMouth = ["mouth", "jaw", "cheekpuff", "nosesneer", "tongueout"].contains { name.hasPrefix($0) }
        return isMouth ? .mouth : nil
    }
}

/// Blendshapes by ARKit's names, and what several rules read of them.
private struct ARKitFace {
    private let inputs: [InputName: Double]
    /// Both corners of the mouth up, with the upper lip.
    private(set) var smile = 0.0
    /// From a smile to laughing, 0…1.
    private(set) var happiness = 0.0
    /// Opening of the jaw, 0…1.
    private(set) var opening = 0.0

    init(_ inputs: [InputName: Double]) {
        self.inputs = inputs
        smile = (self["mouthSmileLeft"] + self["mouthSmileRight"]) / 2 + self["mouthShrugUpper"]
        happiness = unit((smile - 0.4) / 0.2)
        opening = unit((self["jawOpen"] - 0.1) / 0.3)
    }

    subscript(name: String) -> Double { inputs[InputName(name)] ?? 0 }
}

/// 45 numbers by name.
private struct PoseBuilder {
    private(set) var numbers = [Double](repeating: 0, count: PoseLayout.talkingHead3.count)
    private static let index = Dictionary(
        uniqueKeysWithValues: PoseLayout.talkingHead3.names.enumerated().map { ($1, $0) })

    subscript(name: String) -> Double {
        get { Self.index[name].map { numbers[$0] } ?? 0 }
        set { if let index = Self.index[name] { numbers[index] = newValue } }
    }
}

/// A mouth as a mix of vowels: how wide open, lower lip down, funnel and pucker each vowel is.
enum VowelMix {
    /// aaa, iii, uuu, ooo
    private static let vowels: [SIMD4<Double>] = [
        SIMD4(1, 1, 0, 0), SIMD4(0, 1, 0, 0), SIMD4(0.5, 0.3, 0.25, 0.75), SIMD4(1, 0.5, 0.5, 0.4),
    ]
    /// Cost of a share.
    private static let price = 0.01

    /// Shares d in 0…1 that make ‖Σ d·vowel − point‖ + 0.01 · Σ d least. The distance is not squared: bounded least
    /// squares again and again, the linear term weighted by the last distance.
    static func shares(of point: SIMD4<Double>) -> [Double] {
        func dot(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> Double { (a * b).sum() }
        let products = vowels.map { a in vowels.map { dot(a, $0) } }
        let aims = vowels.map { dot($0, point) }
        var shares = [0.0, 0, 0, 0]
        var distance = 1.0
        for _ in 0..<200 {
            for _ in 0..<400 {
                var moved = 0.0
                for index in shares.indices {
                    var rest = aims[index] - price * distance
                    for other in shares.indices where other != index { rest -= products[index][other] * shares[other] }
                    let share = unit(rest / products[index][index])
                    moved = max(moved, abs(share - shares[index]))
                    shares[index] = share
                }
                if moved < 1e-15 { break }
            }
            var left = -point
            for (share, vowel) in zip(shares, vowels) { left += share * vowel }
            let next = max(dot(left, left).squareRoot(), 1e-9)
            if abs(next - distance) < 1e-12 { break }
            distance = next
        }
        return shares
    }
}

/// Held in 0…1.
private func unit(_ value: Double) -> Double { min(max(value, 0), 1) }

/// Held in −1…1.
private func signed(_ value: Double) -> Double { min(max(value, -1), 1) }
