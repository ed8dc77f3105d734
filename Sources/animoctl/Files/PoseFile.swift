import AnimoCLI
import AnimoJSON
import AnimoModelFile
import AnimoMotion
import AnimoWire

/// Poses and motions as people write them.
enum PoseFile {
    /// JSON: an object of names to values, an array of 20, or what `retarget --json` and `edit --json` print.
    static func pose(_ bytes: [UInt8], named name: String) throws -> Wire.Pose {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw Failure(.badData, "\(name): expected a pose as JSON; \(error)")
        }
        return try pose(value, named: name)
    }

    private static func pose(_ value: JSONValue, named name: String) throws -> Wire.Pose {
        switch value {
        case .array(let items):
            guard items.count == 20 else {
                throw Failure(.badData, "\(name): expected 20 numbers, got \(items.count)")
            }
            return Wire.Pose(values: try items.enumerated().map { try number($1, "\(name)[\($0)]") })
        case .object(let object):
            if let inner = object["pose"] { return try pose(inner, named: name + ".pose") }
            return Wire.Pose(
                channels: try object.members.map { member in
                    Wire.NamedValue(
                        name: member.name, value: try double(member.value, "\(name).\(member.name)"))
                })
        case .null, .bool, .integer, .number, .string:
            throw Failure(
                .badData, "\(name): expected an object of names to values or an array of 20, got \(value.kind)")
        }
    }

    /// Numbers as ``NumberFile`` reads them, or what `retarget --to motion --json` prints. Whether the model reads so
    /// many the daemon knows.
    static func motion(_ bytes: [UInt8], named name: String) throws -> Wire.Motion {
        do {
            return Wire.Motion(values: try DriverFile.numbers(bytes))
        } catch {
            throw Failure(.badData, "\(name): \(error.message)")
        }
    }

    private static func number(_ value: JSONValue, _ name: String) throws -> Float {
        Float(try double(value, name))
    }

    private static func double(_ value: JSONValue, _ name: String) throws -> Double {
        guard let number = value.doubleValue, number.isFinite else {
            throw Failure(.badData, "\(name): expected a number, got \(value.kind)")
        }
        return number
    }
}
