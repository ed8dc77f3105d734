import AnimoJSON

/// Writes recorded motion, the lines that ``RecordingReader`` reads, without their ends. There is no picture and no
/// name of a person in them.
package struct RecordingWriter: Sendable {
    /// Kind of numbers in a recording.
    package enum Kind: String, Sendable {
        case pose, motion
    }

    private let kind: Kind
    /// The first line.
    package let header: String

    /// - Parameters:
    ///   - channels: names of a pose's numbers; not written for motions.
    ///   - origin: free facts about where the motion is from.
    package init(_ kind: Kind, channels: [String] = [], origin: [(name: String, value: String)] = []) {
        self.kind = kind
        var object = JSONObject()
        object["animo_motion"] = .integer(1)
        object["kind"] = .string(kind.rawValue)
        if kind == .pose { object["channels"] = .array(channels.map { .string($0) }) }
        var from = JSONObject()
        for (name, value) in origin { from[name] = .string(value) }
        object["from"] = .object(from)
        header = JSONValue.object(object).text
    }

    /// A line for one frame, its numbers as the shortest text that gives the same float32.
    ///
    /// - Parameters:
    ///   - time: seconds; written to the microsecond.
    ///   - numbers: nil where no head was seen.
    package func line(time: Double, numbers: [Float]?, tracking: ControlTracking? = nil) -> String {
        var text = "{\"t\": \((time * 1e6).rounded() / 1e6), \"\(kind.rawValue)\": "
        if let numbers {
            text += "[" + numbers.map { $0.isFinite ? "\($0)" : "0.0" }.joined(separator: ", ") + "]"
        } else {
            text += "null"
        }
        if let tracking { text += ", \"tracking\": \"\(tracking.rawValue)\"" }
        return text + "}"
    }
}
