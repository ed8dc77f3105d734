/// The One Euro filter (Casiez, Roussel, Vogel, CHI 2012) of one number: a low-pass whose cutoff rises with speed, so
/// that a still face does not tremble and a fast one is not late.
struct OneEuroFilter: Sendable {
    /// Units of the number a second where speed is meant.
    struct Settings: Sendable, Equatable {
        /// Cutoff at rest, Hz.
        var cutoff: Double
        /// Rise of the cutoff with speed, Hz for a unit a second.
        var slope: Double
        /// Cutoff of the speed itself, Hz.
        var speedCutoff: Double
    }

    private var value: Double?
    private var speed = 0.0

    /// - Parameters:
    ///   - elapsed: seconds since the step before; at 0 the filter stands still.
    ///   - strength: divides the cutoff; 0 switches the filter off.
    mutating func step(_ x: Double, elapsed: Double, strength: Double, _ settings: Settings) -> Double {
        guard let before = value, strength > 0 else {
            value = x
            speed = 0
            return x
        }
        guard elapsed > 0 else { return before }
        let speedShare = Self.share(cutoff: settings.speedCutoff, elapsed: elapsed)
        speed = speedShare * (x - before) / elapsed + (1 - speedShare) * speed
        let share = Self.share(cutoff: (settings.cutoff + settings.slope * abs(speed)) / strength, elapsed: elapsed)
        let after = share * x + (1 - share) * before
        value = after
        return after
    }

    /// The weight of the newest sample, α(f) = 1 / (1 + 1 / (2π·f·dt)).
    private static func share(cutoff: Double, elapsed: Double) -> Double {
        1 / (1 + 1 / (2 * .pi * cutoff * elapsed))
    }
}

/// The filter of a lid: closing passes at once, opening is limited in speed, and small movements of an open lid are
/// taken for noise. A blink keeps its depth and is neither late nor longer at 15, 30 or 60 frames a second.
struct LidFilter: Sendable {
    /// Speed at which a lid opens at strength 1, in its range a second.
    private static let opening = 8.0
    /// The smallest movement that is followed at strength 1.
    private static let stillness = 0.04

    private var value: Double?

    /// - Parameter x: how far shut, 0…1.
    mutating func step(_ x: Double, elapsed: Double, strength: Double) -> Double {
        guard let before = value, strength > 0 else {
            value = x
            return x
        }
        guard elapsed > 0 else { return before }
        let isStill = abs(x - before) < Self.stillness * strength && x > 0 && x < 1
        let after = isStill ? before : max(x, before - Self.opening / strength * elapsed)
        value = after
        return after
    }
}
