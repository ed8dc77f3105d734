import AnimoJSON
import AnimoMotion

/// A line or datagram of JSON: names to numbers, `t` in seconds, `ok`, and `head` with `pitch`, `yaw` and `roll`.
///
/// `{"t": 3.25, "jawOpen": 0.5, "head": {"pitch": 1, "yaw": 2, "roll": 3}}`; `"ok": false` says that no head is seen.
package enum ARKitLine {
    /// - Throws: where it is not such an object, or something beside `ok` is not a number.
    package static func frame(_ line: ArraySlice<UInt8>) throws(DatagramError) -> TrackerFrame {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw DatagramError(.malformed, "expected a JSON object of names to numbers: \(error)", cause: error)
        }
        guard let object = value.objectValue else {
            throw DatagramError(.malformed, "expected a JSON object of names to numbers, got \(value.kind)")
        }
        var frame = TrackerFrame()
        for (name, value) in object.members {
            switch name {
            case "t": frame.time = value == .null ? nil : try number(value, name)
            case "ok":
                guard let isTracking = value.boolValue else {
                    throw DatagramError(.malformed, "ok: expected true or false, got \(value.kind)")
                }
                frame.isTracking = isTracking
            case "head":
                guard let head = value.objectValue else {
                    throw DatagramError(.malformed, "head: expected an object, got \(value.kind)")
                }
                for (name, value) in head.members { frame.set(InputName("head\(name)"), try number(value, name)) }
            default: frame.set(InputName(name), try number(value, name))
            }
        }
        return frame
    }

    private static func number(_ value: JSONValue, _ name: String) throws(DatagramError) -> Double {
        guard let number = value.doubleValue else {
            throw DatagramError(.malformed, "\(name.quotedForMessage): expected a number, got \(value.kind)")
        }
        return number
    }
}
