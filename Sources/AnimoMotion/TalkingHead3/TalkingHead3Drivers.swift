import Foundation

/// From human faces in ARKit's 52 blendshapes to Talking Head Anime 3's 45 numbers, by the rules and default thresholds
/// of its own iFacialMocap converter.
package struct TalkingHead3Drivers: Sendable {
    /// The brow morph that browDown drives.
    package var loweredBrow = "angry"
    /// The eye morph of a closed eye.
    package var closedEye = "wink"
    /// A fixed setting, never from wide eyes.
    package var smallIrises: Float = 0
    /// Indicates whether the body takes part in the head's yaw and roll.
    package var bodyFollows = true

    /// Creates one with the defaults.
    package init() {}

    /// - Parameters:
    ///   - shapes: intensities 0…1 by ARKit's names; absent is 0.
    ///   - head: the head bone's rotation about x, y and z in radians, as iFacialMocap sends it.
    /// - Returns: 45 numbers in the order of ``PoseLayout/talkingHead3``.
    package func pose(arkit shapes: [String: Double], head: SIMD3<Double>) -> [Float] {
        var values = PoseBuilder()
        func shape(_ name: String) -> Double { shapes[name] ?? 0 }
        func both(_ name: String, _ value: (_ side: String) -> Double) {
            values["\(name)_left"] = value("Left")
            values["\(name)_right"] = value("Right")
        }
        let smile = (shape("mouthSmileLeft") + shape("mouthSmileRight")) / 2 + shape("mouthShrugUpper")
        let happy = unit((smile - 0.4) / 0.2)
        both("eyebrow_raised") { unit(shape("browInnerUp") + shape("browOuterUp\($0)")) }
        both("eyebrow_\(loweredBrow)") { (1 - happy) * unit(shape("browDown\($0)") / 0.4) }
        both("eyebrow_happy") { _ in unit(smile) * happy }
        both("eye_surprised") { unit(shape("eyeWide\($0)") / 0.5) }
        both("eye_\(closedEye)") { (1 - happy) * unit(shape("eyeBlink\($0)") / 0.8) }
        both("eye_happy_wink") { happy * unit(shape("eyeBlink\($0)") / 0.8) }
        both("eye_raised_lower_eyelid") { unit((shape("cheekSquint\($0)") - 0.1) / 0.6) }
        both("iris_small") { _ in Double(smallIrises) }
        let acrossLeft = shape("eyeLookInLeft") - shape("eyeLookOutLeft")
        let acrossRight = shape("eyeLookOutRight") - shape("eyeLookInRight")
        let up = shape("eyeLookUpLeft") + shape("eyeLookUpRight")
        let down = shape("eyeLookDownLeft") + shape("eyeLookDownRight")
        values["iris_rotation_y"] = signed((acrossLeft + acrossRight) / 2 / 0.75)
        values["iris_rotation_x"] = signed((up - down) / 2 / 0.75)
        turn(&values, head * 180 / .pi)
        speak(&values, shape, smile)
        return values.numbers
    }

    private func turn(_ values: inout PoseBuilder, _ degrees: SIMD3<Double>) {
        values["head_x"] = signed(-degrees.x / 15)
        values["head_y"] = signed(-degrees.y / 10)
        values["neck_z"] = signed(degrees.z / 15)
        guard bodyFollows else { return }
        values["body_y"] = values["head_y"]
        values["body_z"] = values["neck_z"]
    }

    private func speak(_ values: inout PoseBuilder, _ shape: (String) -> Double, _ smile: Double) {
        for side in ["left", "right"] { values["mouth_raised_corner_\(side)"] = unit(smile) }
        let opened = unit((shape("jawOpen") - 0.1) / 0.3)
        guard opened > 0 else {
            let frown = unit((shape("mouthFrownLeft") + shape("mouthFrownRight")) / 0.6)
            for side in ["left", "right"] { values["mouth_lowered_corner_\(side)"] = frown }
            return
        }
        let lower = unit(shape("mouthLowerDownLeft") + shape("mouthLowerDownRight"))
        let vowels = VowelMix.shares(of: SIMD4(opened, lower, shape("mouthFunnel"), shape("mouthPucker")))
        let funnel = unit((shape("mouthFunnel") - 0.25) / 0.25)
        let rounded = unit(vowels[2] + vowels[3])
        values["mouth_aaa"] = vowels[0]
        values["mouth_iii"] = vowels[1]
        values["mouth_uuu"] = rounded * (1 - funnel)
        values["mouth_ooo"] = rounded * funnel
    }

    /// How far the chest is up, 0…1, after a while: a clock, and no driver's.
    package static func breathing(seconds: Double, perMinute: Double = 20) -> Float {
        Float((1 - cos(2 * .pi * seconds * perMinute / 60)) / 2)
    }
}

/// 45 numbers by name.
private struct PoseBuilder {
    private(set) var numbers = [Float](repeating: 0, count: PoseLayout.talkingHead3.count)
    private static let index = Dictionary(
        uniqueKeysWithValues: PoseLayout.talkingHead3.names.enumerated().map { ($1, $0) })

    subscript(name: String) -> Double {
        get { Self.index[name].map { Double(numbers[$0]) } ?? 0 }
        set { if let index = Self.index[name] { numbers[index] = Float(newValue) } }
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
