/// The numbers that a family's networks read of one frame: AniMo's motion (70), PIRenderer's motion and crop (73), the
/// anime generator's pose (20), key points with their Jacobians (60), a latent pose (256).
public struct DriverCode: Sendable, Equatable {
    public var values: [Float]

    public init(_ values: [Float]) { self.values = values }
    public init(_ motion: Motion) { values = motion.values }
}

/// What a driver says, before it is known whom it drives.
public enum DriverNumbers: Sendable, Equatable {
    case pose(Pose)
    case motion(Motion)
    /// A motion and the place of its head in the frame: scale, t0, t1 of Deep3DFaceRecon's `trans_params`.
    case placed(Motion, SIMD3<Float>)
    /// FLAME coefficients as DECA writes them (156): 100 of shape, 50 of expression, 3 of the head's and 3 of the
    /// jaw's rotation as axis-angle.
    case flame([Float])
    /// A family's own numbers, such as key points.
    case code(DriverCode)

    /// The numbers alone.
    public var values: [Float] {
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
    /// - Throws: where the count is none of 20, 70, 73, 156 and `codeCount`, or a number is not finite.
    public init(_ values: [Float], codeCount: Int) throws(PoseError) {
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
                "motion: expected \(counts.map(String.init).joined(separator: ", ")) numbers, got \(values.count)")
        }
    }
}

/// Whom a driver drives, and how.
public struct DriverContext: Sendable {
    /// The source's domain.
    public var domain: Domain
    /// nil when no picture is asked for.
    public var source: (any PreparedHead)?
    /// What the numbers come from, for the rule of translation.
    public var kind: DriverKind
    /// The translation the caller gave for a source whose own is not known.
    public var translation: SIMD3<Float>?
    /// How a human expression becomes an anime pose; nil for the model's first way.
    public var mapping: ExpressionMapping?

    public init(
        domain: Domain, source: (any PreparedHead)? = nil, kind: DriverKind, translation: SIMD3<Float>? = nil,
        mapping: ExpressionMapping? = nil
    ) {
        self.domain = domain
        self.source = source
        self.kind = kind
        self.translation = translation
        self.mapping = mapping
    }
}

public struct CodedDriver: Sendable, Equatable {
    public var code: DriverCode
    /// The translation had to be taken as 0.
    public var translationAssumed: Bool

    public init(_ code: DriverCode, translationAssumed: Bool = false) {
        self.code = code
        self.translationAssumed = translationAssumed
    }
}

/// A driver as numbers that people read.
public struct Retargeted: Sendable, Equatable {
    /// nil where nothing leads from the driver to a pose.
    public var pose: Pose?
    /// The family's own numbers.
    public var code: DriverCode
    /// nil where it is not known.
    public var expressed: Expressed?

    public init(pose: Pose?, code: DriverCode, expressed: Expressed?) {
        self.pose = pose
        self.code = code
        self.expressed = expressed
    }
}
