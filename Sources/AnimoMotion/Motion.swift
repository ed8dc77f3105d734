/// The 70 numbers the networks read: 64 of expression, 3 angles in radians about X, Y, Z, 3 of translation.
package struct Motion: Sendable, Equatable {
    /// Numbers of a motion.
    package static let count = 70
    /// Numbers of its expression.
    package static let expressions = 64

    /// All numbers in the networks' order; always ``count`` of them.
    package private(set) var values: [Float]

    /// The motion at rest.
    package init() { values = [Float](repeating: 0, count: Self.count) }

    /// - Throws: where there are not 70 numbers or one is not finite.
    package init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "motion: expected \(Self.count) numbers, got \(values.count)")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "motion: expected finite numbers, got \(values[index]) at \(index)")
        }
        self.values = values
    }

    /// Numbers that are what they must be by construction: those beyond 70 are dropped, absent ones are 0.
    init(trusted values: [Float]) {
        self.values = Array(values.prefix(Self.count)) + [Float](repeating: 0, count: max(0, Self.count - values.count))
    }

    /// The 64 numbers of the expression.
    package var expression: ArraySlice<Float> { values[0..<Self.expressions] }

    /// Radians about X (nod), Y (turn) and Z (tilt).
    package var angles: SIMD3<Float> {
        get { SIMD3(values[64], values[65], values[66]) }
        set { for axis in 0..<3 { values[64 + axis] = newValue[axis] } }
    }

    /// The three numbers of translation.
    package var translation: SIMD3<Float> {
        get { SIMD3(values[67], values[68], values[69]) }
        set { for axis in 0..<3 { values[67 + axis] = newValue[axis] } }
    }
}
