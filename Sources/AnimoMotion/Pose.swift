/// The numbers people set. Most models have the standard 20: 17 morph intensities in 0…1 and pitch, roll and yaw in
/// degrees; others have their own (``PoseLayout``).
package struct Pose: Sendable, Equatable {
    /// Numbers of the standard pose.
    package static let count = 20
    /// Number of morph intensities among the standard ones.
    package static let morphs = 17

    /// All numbers in the order of the model's channels.
    package private(set) var values: [Float]

    /// The neutral pose.
    package init(count: Int = Pose.count) { values = [Float](repeating: 0, count: count) }

    /// - Throws: where there are not `count` numbers or one is not finite.
    package init(_ values: [Float], count: Int = Pose.count) throws(PoseError) {
        guard values.count == count else {
            throw PoseError(.count, "pose: expected \(count) numbers, got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "pose: expected finite numbers, got \(values[index]) at \(index)")
        }
        self.values = values
    }

    /// The number of a channel.
    package subscript(index: Int) -> Float {
        get { values[index] }
        set { values[index] = newValue }
    }

    /// Degrees about X; + looks down.
    package var pitch: Float { values[17] }
    /// Degrees about Z.
    package var roll: Float { values[18] }
    /// Degrees about Y; + turns to image right.
    package var yaw: Float { values[19] }
}
