/// A part of a state that options of control apply to.
package enum ControlGroup: String, Sendable, CaseIterable {
    case brows, eyes, mouth, rotation, translation, body
}

/// The parts of a driver that can be taken relative to a neutral.
package enum RelativePart: String, Sendable, CaseIterable {
    /// Brows, eyes, mouth and what of an expression no pose can show.
    case expression
    /// Rotation and body.
    case rotation
    /// The three numbers of a motion's translation.
    case translation
}

extension ControlGroup {
    /// The part of relative motion that the group belongs to.
    package var part: RelativePart {
        switch self {
        case .brows, .eyes, .mouth: .expression
        case .rotation, .body: .rotation
        case .translation: .translation
        }
    }
}

/// Origin of the numbers of a group.
package enum ControlOrigin: String, Sendable, CaseIterable {
    /// The driver, or while none is tracked what ``ControlOptions/lost`` says.
    case driver
    /// Given numbers.
    case fixed
    /// The source's own state, as its estimator reads it.
    case source
    /// The source's own state, alive: ``IdleMotion`` on top.
    case idle
}

/// Options of control that a session asks for.
package struct ControlOptions: Sendable, Equatable {
    /// Options of one group.
    package struct Group: Sendable, Equatable {
        /// Origin of the group's numbers.
        package var origin: ControlOrigin
        /// Factor on the driver's numbers, 0…2.
        package var gain: Double
        /// Strength of smoothing, 0 (off) … 1 (normal) … 4.
        package var smoothing: Double

        /// Creates one from its fields.
        package init(origin: ControlOrigin = .driver, gain: Double = 1, smoothing: Double = 0) {
            self.origin = origin
            self.gain = gain
            self.smoothing = smoothing
        }
    }

    /// Behaviour while no head is tracked, in seconds.
    package struct Lost: Sendable, Equatable {
        /// Time that the last state is kept.
        package var hold: Double
        /// Time of the transition to idle.
        package var ease: Double
        /// Time of the transition back, at most.
        package var back: Double

        /// Creates one from its fields.
        package init(hold: Double = 0.5, ease: Double = 1, back: Double = 0.3) {
            self.hold = hold
            self.ease = ease
            self.back = back
        }
    }

    /// Groups not named have ``Group/init(origin:gain:smoothing:)``'s defaults.
    package var groups: [ControlGroup: Group]
    /// Parts of the driver that are relative to the neutral.
    package var relative: Set<RelativePart>
    /// Indicates whether left and right change places.
    package var isMirrored: Bool
    /// The numbers of groups whose origin is ``ControlOrigin/fixed``; as many as a state has, none for zeros.
    package var fixed: [Double]
    /// Behaviour while no head is tracked.
    package var lost: Lost
    /// Seed and amount (0…2) of idle motion.
    package var idleSeed: UInt64
    /// Amount of sway and breath, 0…2.
    package var idleAmount: Double
    /// Seconds that a change takes to blend in.
    package var blend: Double

    /// Creates one from its fields.
    package init(
        groups: [ControlGroup: Group] = [:], relative: Set<RelativePart> = [], isMirrored: Bool = false,
        fixed: [Double] = [], lost: Lost = Lost(), idleSeed: UInt64 = 0, idleAmount: Double = 1, blend: Double = 0.2
    ) {
        self.groups = groups
        self.relative = relative
        self.isMirrored = isMirrored
        self.fixed = fixed
        self.lost = lost
        self.idleSeed = idleSeed
        self.idleAmount = idleAmount
        self.blend = blend
    }

    /// Options of a group, the defaults where it is not named.
    package subscript(group: ControlGroup) -> Group { groups[group] ?? Group() }
}
