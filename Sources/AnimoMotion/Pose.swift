/// The 20 numbers people set: 17 morph intensities in 0…1 and pitch, roll and yaw in degrees.
package struct Pose: Sendable, Equatable {
    package static let count = 20
    /// How many of them are morph intensities.
    package static let morphs = 17

    /// All numbers in the order of the model's channels; always ``count`` of them.
    package private(set) var values: [Float]

    /// The neutral pose.
    package init() { values = [Float](repeating: 0, count: Self.count) }

    /// - Throws: where there are not 20 numbers or one is not finite.
    package init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "pose: expected \(Self.count) numbers, got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "pose: expected finite numbers, got \(values[index]) at \(index)")
        }
        self.values = values
    }

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
