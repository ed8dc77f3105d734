/// Kind of driver, as far as translation is concerned.
package enum DriverKind: Sendable, Equatable {
    /// Numbers of a pose, which has no translation.
    case pose
    /// A motion, with its own translation.
    case motion
    /// A picture of a head of that domain.
    case frame(Domain)
}

/// Origin of the three numbers of translation: they belong to the picture that is rendered and not to the head
/// that drives, unless both are photographs.
package enum TranslationRule {
    /// - Parameters:
    ///   - source: the domain of the picture that keeps its identity.
    ///   - driven: the driver's own translation; a pose has none.
    ///   - own: the source's own, as its domain's estimator read it.
    ///   - asked: what the caller gave for a source whose own is not known.
    /// - Returns: the translation, and whether it had to be assumed to be 0.
    package static func translation(
        source: Domain, driver: DriverKind, driven: SIMD3<Float>, own: SIMD3<Float>?, asked: SIMD3<Float>?
    ) -> (translation: SIMD3<Float>, assumed: Bool) {
        switch (source, driver) {
        case (.anime, _): (.zero, false)
        case (.vox, .motion), (.vox, .frame(.vox)): (driven, false)
        case (.vox, .pose), (.vox, .frame(.anime)):
            if let known = own ?? asked { (known, false) } else { (.zero, true) }
        }
    }
}
