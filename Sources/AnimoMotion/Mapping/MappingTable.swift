import Foundation

/// A table that makes the numbers of a pose out of a tracker's: JSON that people can edit.
///
/// ```
/// {"version": 1, "name": "…",
///  "channels": {CHANNEL: [TERM…] or {"combine": "sum"|"max", "terms": [TERM…]}, …},
///  "limits": [{"of": [CHANNEL…], "sum": 1}, …]}
/// TERM = {"from": NAME or [NAME…], "absent": 0, "in": [0, 1], "out": [0, 1], "curve": 1, "gain": 1, "times": [TERM…]}
/// ```
/// A channel that is not named, or has no terms, is 0. The name of a pair without its side stands for both, and in its
/// terms `{side}` reads `Left` and `Right` in turn; in limits `{side}` reads `left` and `right`.
package struct MappingTable: Sendable, Equatable {
    /// The table's own name.
    package let name: String
    /// Rules by the name of a channel or of a pair, in the order of the text.
    let rules: [(channel: String, rule: Rule)]
    /// Limits on sums, applied in order once all channels are made.
    let limits: [Limit]

    /// Rule by which one channel's number is made of the inputs.
    struct Rule: Sendable, Equatable {
        /// Way in which a channel's terms become one number.
        enum Combination: String, Sendable, CaseIterable {
            /// All terms added.
            case sum
            /// The largest term.
            case max
        }

        /// Sum unless the table says otherwise.
        var combination = Combination.sum
        /// Terms of the sum or the maximum; none make 0.
        var terms: [Term]
    }

    /// gain · shape · Π shapes of `factors`.
    struct Term: Sendable, Equatable {
        /// Names of the tracker's numbers, whose mean is shaped; `{side}` may stand in them.
        var names: [String]
        /// Value of a name that the tracker did not send.
        var absent = 0.0
        /// Shape of the mean, the identity on 0…1 unless the table says otherwise.
        var shape = Shape()
        /// Factor on the shaped number.
        var gain = 1.0
        /// Terms that it is multiplied by.
        var factors: [Term] = []
    }

    /// out₀ + (out₁ − out₀) · u^curve, where u is the place in `input`, from 0 at its first to 1 at its second number.
    struct Shape: Sendable, Equatable {
        /// Range that is mapped, its first and second number.
        var input = SIMD2(0.0, 1.0)
        /// Values at the ends of the range.
        var output = SIMD2(0.0, 1.0)
        /// Exponent of the place in the range; 1 is a straight line.
        var curve = 1.0

        /// The shaped number. An input range that runs backwards is taken so; an empty one is a step.
        func callAsFunction(_ x: Double) -> Double {
            let place: Double =
                if input.x == input.y {
                    x >= input.x ? 1 : 0
                } else {
                    min(max((x - input.x) / (input.y - input.x), 0), 1)
                }
            return output.x + (output.y - output.x) * (curve == 1 ? place : pow(place, curve))
        }
    }

    /// Channels whose sum may not exceed `sum`; beyond it each is scaled alike.
    struct Limit: Sendable, Equatable {
        /// Names of the channels.
        var channels: [String]
        /// Largest sum.
        var sum: Double
    }

    /// Compares all fields.
    package static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.limits == right.limits
            && left.rules.elementsEqual(right.rules) { $0.channel == $1.channel && $0.rule == $1.rule }
    }
}
