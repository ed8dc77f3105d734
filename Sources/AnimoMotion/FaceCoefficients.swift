/// Deep3DFaceRecon's coefficients of one face.
package struct FaceCoefficients: Sendable, Equatable {
    /// Identity 80, expression 64, texture 80, angles 3, light 27, translation 3.
    package static let count = 257
    /// Numbers of each linear head, in the order they are joined: identity, expression, texture, angles, light,
    /// translation in the picture's plane, translation along the camera's axis.
    package static let heads = [80, 64, 80, 3, 27, 2, 1]

    /// Always ``count`` of them.
    package let values: [Float]

    /// - Throws: where there are not 257 numbers or one is not finite.
    package init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "coefficients: expected \(Self.count) numbers, got \(values.count)")
        }
        guard values.allSatisfy(\.isFinite) else {
            throw PoseError(.notFinite, "coefficients: expected finite numbers")
        }
        self.values = values
    }

    /// Expression, angles and translation.
    package var motion: Motion {
        Motion(trusted: Array(values[80..<144] + values[224..<227] + values[254..<257]))
    }
}
