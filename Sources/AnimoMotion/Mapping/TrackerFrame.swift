/// State of a head at one moment as a tracker tells it, in any protocol.
package struct TrackerFrame: Sendable, Equatable {
    /// Seconds on the tracker's own clock; nil where the protocol carries none.
    package var time: Double?
    /// Indicates whether the tracker sees a head.
    package var isTracking: Bool
    /// Numbers by ``InputName``: blend shapes in 0…1, a tracker's own features, and `headpitch`, `headyaw` and
    /// `headroll` in degrees (+ looks down, turns to image right, tilts clockwise) of a picture that is not mirrored.
    package var inputs: [InputName: Double]
    /// Names that came with a number that is not finite: a reader with state keeps their last value.
    package private(set) var unusable: [InputName] = []

    /// Creates one from its fields.
    package init(time: Double? = nil, isTracking: Bool = true, inputs: [InputName: Double] = [:]) {
        self.time = time
        self.isTracking = isTracking
        self.inputs = inputs
    }
}

/// The one spelling of a tracker's name for a number, so that senders that differ in case or in how they write sides
/// are read alike.
///
/// Lower case; a trailing `_L` or `_R` is written out as `left` or `right`; the presets of VRM 0 take the names that
/// VRM 1 gives them (the table of the VMC protocol).
package struct InputName: Hashable, Sendable, CustomStringConvertible {
    /// The spelling that is compared.
    package let text: String

    /// Creates the one spelling of a sender's name.
    package init(_ name: some StringProtocol) {
        var text = name.lowercased()
        if text.first?.isWhitespace ?? false || text.last?.isWhitespace ?? false {
            text = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        if text.utf8.count > 2 {
            if text.hasSuffix("_l") {
                text = text.dropLast(2) + "left"
            } else if text.hasSuffix("_r") {
                text = text.dropLast(2) + "right"
            }
        }
        self.text = Self.presetsOfVRM0[text] ?? text
    }

    /// Text for a person.
    package var description: String { text }

    /// The nod, in degrees; + looks down.
    package static let headPitch = InputName("headPitch")
    /// The turn, in degrees; + turns to image right.
    package static let headYaw = InputName("headYaw")
    /// The tilt, in degrees; + tilts clockwise.
    package static let headRoll = InputName("headRoll")

    private static let presetsOfVRM0 = [
        "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "joy": "happy", "sorrow": "sad", "fun": "relaxed",
    ]
}

extension TrackerFrame {
    /// Sets a number under its name; one that is not finite leaves the name among ``unusable``.
    package mutating func set(_ name: InputName, _ value: Double) {
        if value.isFinite { inputs[name] = value } else { unusable.append(name) }
    }

    /// Gives names without a usable number their value of the frame before.
    package mutating func fill(from before: TrackerFrame?) {
        for name in unusable { inputs[name] = before?.inputs[name] }
    }

    /// Sets the head's angles in degrees: + looks down, + turns to image right, + tilts clockwise.
    package mutating func setHead(pitch: Double, yaw: Double, roll: Double) {
        set(.headPitch, pitch)
        set(.headYaw, yaw)
        set(.headRoll, roll)
    }
}
