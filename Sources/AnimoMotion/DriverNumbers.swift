/// The numbers that a family's networks read of one frame: AniMo's motion (70), PIRenderer's motion and crop (73), the
/// anime generator's pose (20), key points with their Jacobians (60), a latent pose (256).
package struct DriverCode: Sendable, Equatable {
    /// The numbers, as many as the networks read of one frame.
    package var values: [Float]

    /// Creates a code of the networks' own numbers.
    package init(_ values: [Float]) { self.values = values }
    /// Creates the code of a motion, 70 numbers.
    package init(_ motion: Motion) { values = motion.values }
}

/// Numbers of a driver, before it is known which source they drive.
package enum DriverNumbers: Sendable, Equatable {
    /// Numbers that people set, 20 or a family's own.
    case pose(Pose)
    /// 70 numbers of AniMo's networks.
    case motion(Motion)
    /// A motion and the place of its head in the frame: scale, t0, t1 of Deep3DFaceRecon's `trans_params`.
    case placed(Motion, SIMD3<Float>)
    /// FLAME coefficients as DECA writes them (156): 100 of shape, 50 of expression, 3 of the head's and 3 of the
    /// jaw's rotation as axis-angle.
    case flame([Float])
    /// A family's own numbers, such as key points.
    case code(DriverCode)

    /// The numbers alone.
    package var values: [Float] {
        switch self {
        case .pose(let pose): pose.values
        case .motion(let motion): motion.values
        case .placed(let motion, let placement): motion.values + [placement.x, placement.y, placement.z]
        case .flame(let values): values
        case .code(let code): code.values
        }
    }

    /// Numbers as a file or a client gives them, told apart by their count.
    ///
    /// - Parameter window: frames of which the model draws one picture, whose codes may come together; for messages.
    /// - Throws: where the count is none of 20, 70, 73, 156 and `codeCount`, or a number is not finite.
    package init(_ values: [Float], codeCount: Int, window: Int = 1) throws(PoseError) {
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw PoseError(.notFinite, "motion: expected finite numbers, got \(values[index]) at \(index)")
        }
        switch values.count {
        case Motion.count: self = .motion(try Motion(values))
        case Motion.count + 3:
            self = .placed(
                try Motion(Array(values.prefix(Motion.count))), SIMD3(values[70], values[71], values[72]))
        case Pose.count: self = .pose(try Pose(values))
        case 156: self = .flame(values)
        case codeCount: self = .code(DriverCode(values))
        default:
            let counts = Set([Pose.count, Motion.count, Motion.count + 3, 156, codeCount]).sorted()
            throw PoseError(
                .count,
                "motion: expected \(counts.map(String.init).joined(separator: ", ")) numbers"
                    + (window > 1 ? ", or \(window * codeCount) of a window of \(window) frames" : "")
                    + ", got \(values.count)")
        }
    }
}
