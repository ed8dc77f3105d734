import AnimoJSON
import AnimoMotion
import AnimoWire

/// Control of the heads by a page's drivers: all settings each time, so that the newest ones are all that counts.
struct PageControl: Equatable, Sendable {
    /// Settings of one group of channels.
    struct Group: Equatable, Sendable {
        /// Source of the group's numbers.
        var origin = ControlOrigin.driver
        /// Factor of the driver's motion, 0…2.
        var gain = 1.0
        /// Strength of the filter: 0 (off) … 1 (normal) … 4.
        var smoothing = 0.0
    }

    /// Groups that are not named have the defaults.
    var groups: [ControlGroup: Group] = [:]
    /// Whether left and right change places.
    var isMirrored = false
    /// Milliseconds for which the last pose is kept once nobody is seen.
    var hold: UInt32 = 500
    /// Strength of sway and breath where nobody drives, 0…2.
    var idleAmount = 1.0
    /// Driver ("camera", …) whose neutral motion is relative to; nil where motion is absolute.
    var neutral: String?
    /// The neutral itself, where the page has kept it from a visit before; nil where it is to be measured.
    var measured: Wire.Driver?

    /// - Parameter known: groups that the model can tell apart.
    /// - Returns: nil where it can tell none apart.
    func wire(_ known: Set<ControlGroup>) -> Wire.Control? {
        guard !known.isEmpty else { return nil }
        func group(_ group: ControlGroup) -> Wire.Group? {
            guard known.contains(group) else { return nil }
            let asked = groups[group] ?? Group()
            return Wire.Group(
                strength: .gain(Float(asked.gain)), origin: Self.origin(asked.origin), smoothing: Float(asked.smoothing)
            )
        }
        return Wire.Control(
            brows: group(.brows), eyes: group(.eyes), mouth: group(.mouth), rotation: group(.rotation),
            translation: group(.translation), mirror: isMirrored, lost: Wire.Lost(holdMs: max(1, hold)),
            idle: Wire.Idle(strength: .amount(Float(idleAmount)), seed: 1), body: group(.body))
    }

    private static func origin(_ origin: ControlOrigin) -> Wire.Origin {
        switch origin {
        case .driver: .driver
        case .fixed: .fixed
        case .source: .source
        case .idle: .idle
        }
    }
}

extension PageControl {
    /// Reads `{"groups": {"mouth": {"origin": "driver", "gain": 1, "smooth": 0}}, "mirror": false, "hold_ms": 500,
    /// "idle": 1, "neutral": "camera", "measured": {"yaw": 3} or 70 numbers}`.
    init(_ object: JSONObject) throws(PageMessage.Malformed) {
        for (name, value) in object["groups"]?.objectValue?.members ?? [] {
            guard let group = ControlGroup(rawValue: name), let members = value.objectValue else {
                throw PageMessage.Malformed(description: "groups.\(name.quotedForMessage): expected a group's options")
            }
            var asked = Group()
            if let origin = members["origin"] {
                guard let known = origin.stringValue.flatMap(ControlOrigin.init(rawValue:)) else {
                    throw PageMessage.Malformed(
                        description: "groups.\(name).origin: expected driver, fixed, source or idle")
                }
                asked.origin = known
            }
            asked.gain = try Self.number(members["gain"], in: 0...2, else: 1, "groups.\(name).gain")
            asked.smoothing = try Self.number(members["smooth"], in: 0...4, else: 0, "groups.\(name).smooth")
            groups[group] = asked
        }
        isMirrored = object["mirror"]?.boolValue ?? false
        hold = UInt32(try Self.number(object["hold_ms"], in: 0...3_600_000, else: 500, "hold_ms"))
        idleAmount = try Self.number(object["idle"], in: 0...2, else: 1, "idle")
        neutral = object["neutral"]?.stringValue.map { String($0.prefix(64)) }
        if let value = object["measured"], value != .null { measured = try Self.driver(value) }
    }

    /// A pose by names, or a motion.
    private static func driver(_ value: JSONValue) throws(PageMessage.Malformed) -> Wire.Driver {
        func number(_ value: JSONValue) -> Double? { value.doubleValue.flatMap { abs($0) <= 1e6 ? $0 : nil } }
        switch value {
        case .object(let object) where object.members.count <= 256:
            let channels = object.members.compactMap { name, value in
                number(value).map { Wire.NamedValue(name: name, value: $0) }
            }
            guard channels.count == object.members.count else { break }
            return Wire.Driver(kind: .pose(Wire.Pose(channels: channels)))
        case .array(let items) where items.count == Motion.count:
            let values = items.compactMap(number).map { Float($0) }
            guard values.count == items.count else { break }
            return Wire.Driver(kind: .motion(Wire.Motion(values: values)))
        default: break
        }
        throw PageMessage.Malformed(description: "measured: expected a pose's numbers or \(Motion.count) of a motion")
    }

    private static func number(
        _ value: JSONValue?, in range: ClosedRange<Double>, else usual: Double, _ name: String
    ) throws(PageMessage.Malformed) -> Double {
        guard let value, value != .null else { return usual }
        guard let number = value.doubleValue, range.contains(number) else {
            throw PageMessage.Malformed(
                description: "\(name): expected \(range.lowerBound) to \(range.upperBound), got \(value.text)")
        }
        return number
    }
}
