import AnimoMotion

/// Inputs of a mapping table from a tracked face: the 51 blend shapes with ARKit's names, corrected by measurements on
/// the landmarks, and `headPitch`, `headYaw`, `headRoll` in degrees.
package struct FaceInputs: Sendable, Equatable {
    /// 54 numbers by name.
    package var values: [String: Double]
    /// Between the lips, in distances between the eyes' inner corners, for rules that read the mouth by it.
    private let mouthGap: Double

    /// - Parameter blendShapes: (52), as ``BlendShape/names``.
    init(blendShapes: [Double], measures: FaceMeasures, angles: HeadAngles) {
        var values = Dictionary(
            uniqueKeysWithValues: zip(BlendShape.names, blendShapes).filter { $0.0 != "_neutral" })
        func value(_ name: String) -> Double { values[name] ?? 0 }

        // The coefficient of the jaw hardly moves on real faces; bared teeth are half an open jaw.
        let smile = (value("mouthSmileLeft") + value("mouthSmileRight")) / 2
        let gap = min(1, 0.8 * max(0, measures.mouthGap - 0.02)) * (1 - 0.5 * ramp(smile, 0.4, 0.8))
        values["jawOpen"] = max(value("jawOpen"), gap)
        for (side, ratio) in [("Left", measures.eyeRatioLeft), ("Right", measures.eyeRatioRight)] {
            values["eyeBlink\(side)"] = max(value("eyeBlink\(side)"), 1 - ramp(ratio, 0.05, 0.17))
        }
        // A head turned to image right hides its own left eye, which follows the other.
        let (near, far) = angles.yaw > 0 ? ("Right", "Left") : ("Left", "Right")
        let share = ramp(abs(angles.yaw), 20, 35)
        for name in ["eyeBlink", "eyeSquint", "eyeWide"] {
            let own = value(name + far)
            values[name + far] = own + share * (value(name + near) - own)
        }
        values["headPitch"] = angles.pitch
        values["headYaw"] = angles.yaw
        values["headRoll"] = angles.roll
        self.values = values
        mouthGap = measures.mouthGap
    }
}

extension FaceInputs {
    /// The pose that a mapping table makes of them.
    ///
    /// - Parameter mapping: to the numbers of a pose; in the daemon the table ARKit, or the family's own rules.
    package func pose(_ mapping: FaceMapping) throws(PoseError) -> Pose {
        let values = mapping(inputs(for: mapping)).map { Float($0) }
        return try Pose(values, count: values.count)
    }

    /// Share of the expression that the pose shows; nil where the rules do not tell.
    package func expressed(_ mapping: FaceMapping) -> Expressed? { mapping.expressed(inputs(for: mapping)) }

    private func inputs(for mapping: FaceMapping) -> [InputName: Double] {
        let named = Dictionary(values.map { (InputName($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        return mapping.inputs(named, mouthGap: mouthGap)
    }
}

/// From 0 at `low` to 1 at `high`.
func ramp(_ x: Double, _ low: Double, _ high: Double) -> Double { min(1, max(0, (x - low) / (high - low))) }
