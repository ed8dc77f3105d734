import AnimoCLI
import AnimoJSON
import AnimoMotion
import AnimoWire

/// Control as a person sets it: by options, a profile, or a line on standard input. nil is not set.
struct ControlSettings: Sendable, Equatable {
    var isMirrored: Bool?
    /// Strength of smoothing for every group.
    var smoothing: Double?
    var gains: [ControlGroup: Double] = [:]
    var origins: [ControlGroup: ControlOrigin] = [:]
    var idleSeed: UInt64?
    /// Numbers of a pose by name, or all of them.
    var fixed: Wire.Pose?
    var isRelative: Bool?
    var relativeParts: [RelativePart]?
    /// A neutral that was measured before.
    var neutral: Wire.Driver?
    /// Milliseconds over which changes blend in.
    var blend: UInt32?

    /// Overrides settings by those that `other` has.
    mutating func merge(_ other: ControlSettings) {
        isMirrored = other.isMirrored ?? isMirrored
        smoothing = other.smoothing ?? smoothing
        gains.merge(other.gains) { $1 }
        origins.merge(other.origins) { $1 }
        idleSeed = other.idleSeed ?? idleSeed
        fixed = other.fixed ?? fixed
        isRelative = other.isRelative ?? isRelative
        relativeParts = other.relativeParts ?? relativeParts
        neutral = other.neutral ?? neutral
        blend = other.blend ?? blend
    }

    /// Whether anything was asked for besides relative motion, which some models have without control.
    var asksForControl: Bool {
        var rest = self
        rest.isRelative = nil
        rest.neutral = nil
        return rest != ControlSettings()
    }

    /// - Parameters:
    ///   - groups: that the model can tell apart.
    ///   - smoothing: for groups where none was asked for.
    func control(groups: [ControlGroup], smoothing usual: Double) -> Wire.Control {
        func group(_ group: ControlGroup) -> Wire.Group? {
            guard groups.contains(group) else { return nil }
            return Wire.Group(
                strength: gains[group].map { .gain(Float($0)) }, origin: (origins[group] ?? .driver).wire,
                smoothing: Float(smoothing ?? usual))
        }
        return Wire.Control(
            brows: group(.brows), eyes: group(.eyes), mouth: group(.mouth), rotation: group(.rotation),
            translation: group(.translation), mirror: isMirrored ?? false, fixed: fixed, lost: Wire.Lost(),
            idle: Wire.Idle(seed: idleSeed ?? 0), blendMs: blend ?? 0, body: group(.body))
    }

    /// Relative motion; nil where motion is absolute.
    func relative(adaptScale: Bool) -> Wire.Relative? {
        guard isRelative == true else { return nil }
        let parts = relativeParts ?? []
        return Wire.Relative(
            neutral: neutral, adaptScale: adaptScale, expression: parts.contains(.expression),
            rotation: parts.contains(.rotation), translation: parts.contains(.translation))
    }
}

extension ControlOrigin {
    var wire: Wire.Origin {
        switch self {
        case .driver: .driver
        case .fixed: .fixed
        case .source: .source
        case .idle: .idle
        }
    }
}

/// The settings as people write them: in a profile, or on standard input.
extension ControlSettings {
    private static let known = [
        "mirror", "smooth", "gain", "origin", "idle", "fixed", "relative", "relative_parts", "neutral", "blend_ms",
    ]

    /// - Throws: `Failure` 65 that names the key.
    init(_ object: JSONObject, at place: String) throws {
        for (name, value) in object.members {
            let place = "\(place).\(name)"
            switch name {
            case "mirror": isMirrored = try value.flag(place)
            case "relative": isRelative = try value.flag(place)
            case "smooth": smoothing = try value.number(in: 0...4, place)
            case "gain":
                for (name, value) in try value.groups(place) {
                    gains[name] = try value.number(in: 0...2, "\(place).\(name)")
                }
            case "origin":
                for (name, value) in try value.groups(place) {
                    guard let origin = value.stringValue.flatMap(ControlOrigin.init(rawValue:)) else {
                        throw Failure(
                            .badData, "\(place).\(name): expected driver, fixed, source or idle, got \(value.text)")
                    }
                    origins[name] = origin
                }
            case "idle":
                guard let seed = value.integerValue.flatMap({ UInt64(exactly: $0) }) else {
                    throw Failure(.badData, "\(place): expected a whole number from 0, got \(value.text)")
                }
                idleSeed = seed
            case "blend_ms": blend = UInt32(try value.number(in: 0...60_000, place))
            case "relative_parts":
                relativeParts = try (value.arrayValue ?? []).map { item in
                    guard let part = item.stringValue.flatMap(RelativePart.init(rawValue:)) else {
                        throw Failure(
                            .badData, "\(place): expected expression, rotation, translation, got \(item.text)")
                    }
                    return part
                }
            case "fixed": fixed = try PoseFile.pose(Array(value.text.utf8), named: place)
            case "neutral": neutral = try Self.driver(value, place)
            default:
                throw Failure(
                    .badData, "\(place): unknown; known are \(Self.known.joined(separator: ", "))")
            }
        }
    }

    /// A pose, or a motion of 70 numbers.
    private static func driver(_ value: JSONValue, _ place: String) throws -> Wire.Driver {
        if value.arrayValue?.count == Motion.count {
            return Wire.Driver(kind: .motion(try PoseFile.motion(Array(value.text.utf8), named: place)))
        }
        return Wire.Driver(kind: .pose(try PoseFile.pose(Array(value.text.utf8), named: place)))
    }

    var json: JSONObject {
        var object = JSONObject()
        object["mirror"] = isMirrored.map { .bool($0) }
        object["smooth"] = smoothing.map { .number($0) }
        if !gains.isEmpty { object["gain"] = Self.object(gains) { .number($0) } }
        if !origins.isEmpty { object["origin"] = Self.object(origins) { .string($0.rawValue) } }
        object["idle"] = idleSeed.flatMap { Int(exactly: $0) }.map { .integer($0) }
        object["fixed"] = fixed.map(Self.json)
        object["relative"] = isRelative.map { .bool($0) }
        object["relative_parts"] = relativeParts.map { .array($0.map { .string($0.rawValue) }) }
        object["blend_ms"] = blend.map { .integer(Int($0)) }
        switch neutral?.kind {
        case .pose(let pose): object["neutral"] = Self.json(pose)
        case .motion(let motion): object["neutral"] = .floats(motion.values)
        case .frame, nil: break
        }
        return object
    }

    private static func json(_ pose: Wire.Pose) -> JSONValue {
        guard pose.values.isEmpty else { return .floats(pose.values) }
        var object = JSONObject()
        for channel in pose.channels { object[channel.name] = .number(channel.value) }
        return .object(object)
    }

    private static func object<Value>(
        _ groups: [ControlGroup: Value], _ json: (Value) -> JSONValue
    ) -> JSONValue {
        var object = JSONObject()
        for group in ControlGroup.allCases { object[group.rawValue] = groups[group].map(json) }
        return .object(object)
    }
}

extension JSONValue {
    fileprivate func flag(_ place: String) throws -> Bool {
        guard let boolValue else { throw Failure(.badData, "\(place): expected true or false, got \(kind)") }
        return boolValue
    }

    fileprivate func number(in range: ClosedRange<Double>, _ place: String) throws -> Double {
        guard let doubleValue, range.contains(doubleValue) else {
            throw Failure(.badData, "\(place): expected \(range.lowerBound) to \(range.upperBound), got \(text)")
        }
        return doubleValue
    }

    fileprivate func groups(_ place: String) throws -> [(ControlGroup, JSONValue)] {
        guard let objectValue else { throw Failure(.badData, "\(place): expected an object, got \(kind)") }
        return try objectValue.members.map { name, value in
            guard let group = ControlGroup(rawValue: name) else {
                let known = ControlGroup.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.badData, "\(place).\(name): expected one of \(known)")
            }
            return (group, value)
        }
    }
}
