/// The map between poses and motions that a model's basis gives.
///
/// Pose → motion: expression = intensities · basis, angles to radians in the order X, Y, Z (pitch, yaw, roll).
/// Motion → pose is ``pose(from:)``.
package struct PoseMapping: Sendable {
    /// The numbers of a pose.
    package let layout: PoseLayout
    /// Their names, as the model file gives them.
    package let channels: [String]
    /// 17×64, row-major; nil where the model file has none and so cannot be driven by poses.
    package let basis: [Float]?

    /// - Parameters:
    ///   - channels: names as a model file or a daemon gives them: 20, or those of Talking Head Anime 3; others are
    ///     taken for the standard ones.
    ///   - basis: 17·64 numbers; another count is taken for none.
    package init(channels: [String] = PoseMapping.standardChannels, basis: [Float]?) {
        if channels == PoseLayout.talkingHead3.names {
            self.init(.talkingHead3, basis: basis)
        } else {
            self.init(.standard(channels.count == Pose.count ? channels : Self.standardChannels), basis: basis)
        }
    }

    /// - Parameter basis: of the standard layout; 17·64 numbers, another count is taken for none.
    package init(_ layout: PoseLayout, basis: [Float]? = nil) {
        self.layout = layout
        channels = layout.names
        self.basis = basis?.count == Pose.morphs * Motion.expressions ? basis : nil
        inverse = nil
        inverse = self.basis.map { Inverse(basis: $0, regionOf: region(of:)) }
    }

    /// Factors of the basis that ``pose(from:)`` needs.
    private(set) var inverse: Inverse?

    /// Indicates whether poses can drive.
    package var hasBasis: Bool { basis != nil }

    /// The names as inferred for the published models.
    package static let standardChannels: [String] =
        ["eyebrow_angry", "eyebrow_raised", "eyebrow_lowered", "eye_closed", "eye_unimpressed", "eye_surprised"]
        .flatMap { ["\($0)_left", "\($0)_right"] } + ["mouth_a", "mouth_e", "mouth_i", "mouth_o", "mouth_u"]
        + ["pitch", "roll", "yaw"]

    /// The 70 numbers of a pose.
    ///
    /// - Throws: ``PoseError/Code/noBasis`` where the model has no basis.
    package func motion(from pose: Pose, translation: SIMD3<Float> = .zero) throws(PoseError) -> Motion {
        guard let basis else { throw Self.missingBasis }
        var values = expression(of: pose.values, basis) + [Float](repeating: 0, count: 6)
        for (axis, index) in Self.angleOrder.enumerated() {
            values[Motion.expressions + axis] = Float(Double(pose.values[index]) * .pi / 180)
        }
        var motion = Motion(trusted: values)
        motion.translation = translation
        return motion
    }

    /// The 64 numbers of an expression with these 17 intensities; zeros where the model has no basis.
    func expression(of intensities: [Float]) -> [Float] { expression(of: intensities, basis ?? []) }

    private func expression(of intensities: [Float], _ basis: [Float]) -> [Float] {
        var values = [Float](repeating: 0, count: Motion.expressions)
        guard basis.count == Pose.morphs * Motion.expressions else { return values }
        for (row, intensity) in intensities.prefix(Pose.morphs).enumerated() where intensity != 0 {
            for column in 0..<Motion.expressions {
                values[column] += intensity * basis[row * Motion.expressions + column]
            }
        }
        return values
    }

    /// Indices of the angles about X, Y and Z in a pose.
    static let angleOrder = [17, 19, 18]

    /// Error for a pose that is to become a motion, or a motion a pose, without a basis.
    static var missingBasis: PoseError {
        PoseError(.noBasis, "this model has no pose_basis, so poses cannot drive it: convert it with --pose-basis")
    }
}
