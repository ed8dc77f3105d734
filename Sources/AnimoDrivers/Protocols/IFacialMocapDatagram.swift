import AnimoMotion

/// A datagram of iFacialMocap, versions 1 and 2, or Facemotion3d: UTF-8 text, a frame each.
///
/// `name-value|name-value|…|=head#rx,ry,rz,tx,ty,tz|…`, values in 0…100, angles in degrees; version 2 and Facemotion3d
/// write `&` for `-`. Names are ARKit's.
package enum IFacialMocapDatagram {
    private static let trackingStatus = InputName("trackingStatus")

    /// - Throws: where a number is none, or nothing of the protocol is in it.
    package static func frame(_ datagram: ArraySlice<UInt8>) throws(DatagramError) -> TrackerFrame {
        guard let text = String(validating: datagram, as: UTF8.self) else {
            throw DatagramError(.malformed, "expected text in UTF-8")
        }
        var frame = TrackerFrame()
        var isEmpty = true
        for part in text.split(separator: "|") {
            let part = trimmed(trimmed(part).drop { $0 == "=" })
            if let hash = part.firstIndex(of: "#") {
                guard trimmed(part[..<hash]) == "head" else { continue }
                var numbers: [Double] = []
                for number in part[part.index(after: hash)...].split(separator: ",", omittingEmptySubsequences: false) {
                    numbers.append(try self.number(number))
                }
                guard numbers.count >= 3 else {
                    throw DatagramError(.malformed, "head: expected three angles, got \(numbers.count) numbers")
                }
                frame.setHead(pitch: numbers[0], yaw: numbers[1], roll: -numbers[2])
                isEmpty = false
                continue
            }
            // Neither mark: the end, or the word that closes a frame over TCP.
            guard let mark = part.firstIndex(of: "&") ?? part.firstIndex(of: "-") else { continue }
            let name = InputName(part[..<mark])
            let value = try number(part[part.index(after: mark)...])
            if name == trackingStatus {
                frame.isTracking = value != 0
            } else {
                frame.set(name, value / 100)
            }
            isEmpty = false
        }
        guard !isEmpty else { throw DatagramError(.malformed, "expected names and values, got none") }
        return frame
    }

    private static func number(_ text: Substring) throws(DatagramError) -> Double {
        guard let number = Double(trimmed(text)) else {
            throw DatagramError(.malformed, "expected a number, got something else")
        }
        return number
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
