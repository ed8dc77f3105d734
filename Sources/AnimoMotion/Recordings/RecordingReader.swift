import AnimoJSON

/// Reads recorded motion: JSON lines, a header and a frame a line, or lines of poses without one.
///
/// ```
/// {"animo_motion": 1, "kind": "pose", "channels": ["eyebrow_angry_left", …], "from": {…}}
/// {"t": 0.0, "pose": [0.0, …], "tracking": "ok"}
/// {"t": 0.033, "pose": null}
/// ```
/// `kind` is `pose` or `motion`; `channels` name the order of a pose's numbers, and an object of names to numbers works
/// too. `t` is in seconds and never falls. Unknown keys are passed over. A line without header is a pose by itself, an
/// array, an object of names, or either as `"pose"` of an object, at a given rate.
package struct RecordingReader: Sendable {
    /// Lists of channels that a header may name, the model's own first.
    private let accepted: [[String]]
    private let rate: Double
    private let motionCount: Int
    private var line = 0
    private var frames = 0
    private var header: Header?
    private var first: Double?
    private var last = -Double.infinity

    /// Whether a header was read, and so every frame says its time.
    package var hasHeader: Bool { header != nil }

    private struct Header: Sendable {
        let isMotion: Bool
        /// For each of the reader's channels, its place in a line.
        let order: [Int]
        let channels: [String]
    }

    /// - Parameters:
    ///   - channels: lists of channels that a header may name, in any order; the first is that of lines without one.
    ///   - rate: frames a second where no line says its time.
    ///   - motionCount: numbers of a motion, as the model's networks read them of one frame.
    package init(
        channels: [[String]] = [PoseMapping.standardChannels], rate: Double = 25, motionCount: Int = Motion.count
    ) {
        accepted = channels
        self.rate = rate
        self.motionCount = motionCount
    }

    /// Reads the next line, without its end.
    ///
    /// - Parameter number: of the line, for messages.
    /// - Returns: nil for an empty line and for the header.
    /// - Throws: naming the line.
    package mutating func read(_ text: some Collection<UInt8>, number: Int) throws(PoseError) -> RecordedFrame? {
        line = number
        guard !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return nil }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw failure(.malformed, "expected a pose as JSON; \(error)", cause: error)
        }
        if header == nil, frames == 0, let object = value.objectValue, let version = object["animo_motion"] {
            header = try header(object, version)
            return nil
        }
        let time = try time(of: value)
        let driver = try driver(of: value)
        let start = first ?? time
        first = start
        last = time
        frames += 1
        return RecordedFrame(time: time - start, driver: driver)
    }

    private func header(_ object: JSONObject, _ version: JSONValue) throws(PoseError) -> Header {
        guard version.integerValue == 1 else {
            throw failure(.malformed, "animo_motion: expected version 1, got \(version.text)")
        }
        switch object["kind"]?.stringValue {
        case "motion": return Header(isMotion: true, order: [], channels: [])
        case "pose": break
        default:
            let got = object["kind"]?.text ?? "nothing"
            throw failure(.malformed, "kind: expected \"pose\" or \"motion\", got \(got)")
        }
        guard let given = object["channels"] else {
            let channels = accepted.first ?? []
            return Header(isMotion: false, order: Array(channels.indices), channels: channels)
        }
        guard let items = given.arrayValue else {
            throw failure(.malformed, "channels: expected an array of names, got \(given.kind)")
        }
        var places: [String: Int] = [:]
        for (place, item) in items.enumerated() {
            guard let name = item.stringValue else {
                throw failure(.malformed, "channels: expected names, got \(item.kind)")
            }
            guard places.updateValue(place, forKey: name) == nil else {
                throw failure(.malformed, "channels: expected \(name.quotedForMessage) once, got it again")
            }
        }
        let known = accepted.first { $0.count == places.count } ?? accepted.first ?? []
        if let unknown = places.keys.sorted().first(where: { !known.contains($0) }) {
            throw failure(.unknownChannel, "channels: expected those of the model, got \(unknown.quotedForMessage)")
        }
        let order = known.compactMap { places[$0] }
        guard order.count == known.count else {
            throw failure(.count, "channels: expected \(known.count) names, got \(places.count)")
        }
        return Header(isMotion: false, order: order, channels: known)
    }

    private func time(of value: JSONValue) throws(PoseError) -> Double {
        guard header != nil else { return Double(frames) / rate }
        guard let given = value.objectValue?["t"] else { throw failure(.malformed, "t: expected seconds, got nothing") }
        guard let time = given.doubleValue else {
            throw failure(.malformed, "t: expected seconds, got \(given.kind)")
        }
        guard time >= last else { throw failure(.outOfRange, "t: expected \(last) or later, got \(time)") }
        guard (time - (first ?? time)).isFinite else {
            throw failure(.outOfRange, "t: expected seconds from the first frame's \(first ?? time), got \(time)")
        }
        return time
    }

    private func driver(of value: JSONValue) throws(PoseError) -> RecordedDriver? {
        guard let header else {
            return try pose(value.objectValue?["pose"] ?? value, channels: nil)
        }
        guard header.isMotion else {
            return try pose(value.objectValue?["pose"] ?? .null, channels: header)
        }
        let motion = value.objectValue?["motion"] ?? .null
        return motion == .null ? nil : .motion(try numbers(motion, count: motionCount, "motion"))
    }

    private func pose(_ value: JSONValue, channels header: Header?) throws(PoseError) -> RecordedDriver? {
        switch value {
        case .null: return nil
        case .object(let object):
            var named: [RecordedDriver.NamedNumber] = []
            for (name, value) in object.members {
                guard let number = value.doubleValue else {
                    throw failure(.malformed, "\(name.quotedForMessage): expected a number, got \(value.kind)")
                }
                if let header, !header.channels.contains(name), !header.channels.contains(name + "_left") {
                    throw failure(
                        .unknownChannel, "pose: expected the name of a channel, got \(name.quotedForMessage)")
                }
                named.append(.init(name: name, value: number))
            }
            return .named(named)
        case .array(let items):
            if let header {
                let numbers = try numbers(value, count: header.order.count, "pose")
                return .pose(header.order.map { numbers[$0] })
            }
            let known = accepted.map(\.count)
            let count = known.contains(items.count) ? items.count : known.last ?? 0
            return .pose(try numbers(value, count: count, ""))
        case .bool, .integer, .number, .string:
            throw failure(
                .malformed, "pose: expected an object of names to values or an array of numbers, got \(value.kind)")
        }
    }

    private func numbers(_ value: JSONValue, count: Int, _ what: String) throws(PoseError) -> [Float] {
        let place = what.isEmpty ? "" : what + ": "
        guard let items = value.arrayValue else {
            throw failure(.malformed, "\(place)expected \(count) numbers, got \(value.kind)")
        }
        guard items.count == count else {
            throw failure(.count, "\(place)expected \(count) numbers, got \(items.count)")
        }
        var numbers: [Float] = []
        for item in items {
            guard let number = item.doubleValue.map({ Float($0) }), number.isFinite else {
                throw failure(.malformed, "\(place)expected finite numbers, got \(item.kind)")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func failure(_ code: PoseError.Code, _ message: String, cause: (any Error)? = nil) -> PoseError {
        PoseError(code, "line \(line): \(message)", cause: cause)
    }
}
