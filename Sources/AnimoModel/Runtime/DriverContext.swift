import AnimoMotion

/// Whom a driver drives, and how.
package struct DriverContext: Sendable {
    /// The source's domain.
    package var domain: Domain
    /// nil when no picture is asked for.
    package var source: (any PreparedHead)?
    /// Origin of the numbers, for the rule of translation.
    package var kind: DriverKind
    /// The translation the caller gave for a source whose own is not known.
    package var translation: SIMD3<Float>?
    /// Mapping of a human expression to an anime pose; nil for the model's first.
    package var mapping: ExpressionMapping?

    /// Creates one from its fields.
    package init(
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

/// A driver as the numbers that the networks read.
package struct CodedDriver: Sendable, Equatable {
    /// The numbers that the networks read of one frame.
    package var code: DriverCode
    /// The translation had to be taken as 0.
    package var translationAssumed: Bool

    /// Creates one from a code.
    package init(_ code: DriverCode, translationAssumed: Bool = false) {
        self.code = code
        self.translationAssumed = translationAssumed
    }
}

/// A driver as numbers that people read.
package struct Retargeted: Sendable, Equatable {
    /// nil where nothing leads from the driver to a pose.
    package var pose: Pose?
    /// The family's own numbers.
    package var code: DriverCode
    /// nil where it is not known.
    package var expressed: Expressed?

    /// Creates one from its fields.
    package init(pose: Pose?, code: DriverCode, expressed: Expressed?) {
        self.pose = pose
        self.code = code
        self.expressed = expressed
    }
}
