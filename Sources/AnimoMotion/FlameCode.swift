/// DECA's code of a face's shape and movement: shape 100, expression 50, the head's and the jaw's rotation as
/// axis-angle in radians, 3 each.
package struct FlameCode: Sendable, Equatable {
    /// Numbers of a code.
    package static let count = 156
    /// Outputs of DECA's encoder: shape 100, texture 50, expression 50, head's and jaw's rotation 6, camera 3, light
    /// 27.
    package static let parameterCount = 236
    /// Those of them that EDTN reads: expression 50 and the jaw's rotation 3.
    package static let faceCount = 53

    /// Always ``count`` of them.
    package let values: [Float]

    /// - Throws: where there are not 156 numbers or one is not finite.
    package init(_ values: [Float]) throws(PoseError) {
        guard values.count == Self.count else {
            throw PoseError(.count, "FLAME code: expected \(Self.count) numbers, got \(values.count)")
        }
        guard values.allSatisfy(\.isFinite) else { throw PoseError(.notFinite, "FLAME code: expected finite numbers") }
        self.values = values
    }

    /// - Parameter parameters: the 236 of the encoder, of which texture, camera and light are left out.
    package init(parameters: [Float]) throws(PoseError) {
        guard parameters.count == Self.parameterCount else {
            throw PoseError(
                .count, "DECA: expected \(Self.parameterCount) parameters, got \(parameters.count)")
        }
        try self.init(Array(parameters[0..<100] + parameters[150..<206]))
    }

    /// Expression, 50 numbers.
    package var expression: ArraySlice<Float> { values[100..<150] }
    /// Rotation of the head, axis-angle in radians, 3 numbers.
    package var head: ArraySlice<Float> { values[150..<153] }
    /// Rotation of the jaw, axis-angle in radians, 3 numbers.
    package var jaw: ArraySlice<Float> { values[153..<156] }
}
