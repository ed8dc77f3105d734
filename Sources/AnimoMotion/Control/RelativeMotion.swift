/// The third stage: a driver's motion beyond a neutral.
struct RelativeMotion: Sendable {
    /// Layout of the states that are compared.
    let layout: ControlLayout

    /// Numbers are subtracted; a rotation is undone as a rotation, so that a turn of the head stays one where the
    /// camera looks from below.
    func beyond(_ neutral: [Double], _ driver: [Double], parts: Set<RelativePart>) -> [Double] {
        var result = driver
        for (group, indices) in layout.groups where parts.contains(group.part) && group != .rotation {
            for index in indices { result[index] -= neutral[index] }
        }
        if parts.contains(.expression) { for index in layout.remainder { result[index] -= neutral[index] } }
        if parts.contains(.rotation) {
            let (pitch, yaw, roll) = (head(neutral).inverse * head(driver)).angles
            let rotation = layout.rotation
            for (index, degrees) in [(rotation.pitch, pitch), (rotation.yaw, yaw), (rotation.roll, roll)] {
                result[index] = degrees * layout.scale[index]
            }
        }
        return result
    }

    private func head(_ state: [Double]) -> HeadRotation {
        let degrees = { (index: Int) in state[index] / layout.scale[index] }
        return HeadRotation(
            pitch: degrees(layout.rotation.pitch), yaw: degrees(layout.rotation.yaw),
            roll: degrees(layout.rotation.roll))
    }
}
