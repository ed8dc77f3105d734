import AnimoFiles
import AnimoJSON
import AnimoMotion

/// The files people write to drive a head: poses, motions, and sequences of either.
///
/// A pose is a JSON object of names to values, or an array of 20; a motion is JSON, NPY or MAT as ``NumberFile`` reads
/// them; a sequence is an array of either.
package enum DriverFile {
    /// One driver of a file.
    package enum Item: Sendable, Equatable {
        /// An object of names to values, or an array of 20.
        case pose(Pose)
        /// 70 numbers.
        case motion(Motion)
    }

    /// One pose. Names not mentioned are 0; a both-sided name sets left and right.
    package static func pose(_ bytes: [UInt8], mapping: PoseMapping) throws(PoseError) -> Pose {
        guard case .pose(let pose) = try item(json(bytes), mapping, "pose") else {
            throw PoseError(.count, "pose: expected names and values or 20 numbers, got 70 numbers, a motion")
        }
        return pose
    }

    /// The numbers of one driver, of any count, or of a whole window of PIRenderer's.
    ///
    /// - Throws: for a sequence of others, which no single driver is.
    package static func numbers(_ bytes: [UInt8]) throws(PoseError) -> [Float] {
        let rows = try NumberFile.rows(bytes)
        guard let first = rows.first else { throw PoseError(.count, "motion: expected numbers, got none") }
        if rows.count == 1 { return first }
        let window = FamilyRow.pirenderer.facts.window
        if rows.count == window, first.count == FamilyRow.placedMotionCount { return rows.flatMap { $0 } }
        throw PoseError(
            .count,
            "motion: expected the numbers of one driver, or \(window) rows of \(FamilyRow.placedMotionCount) "
                + "(PIRenderer's window), got a sequence of \(rows.count) rows of \(first.count): "
                + "animoctl stream --input motions renders it")
    }

    /// One or many of either. Beside an array, an object `{"channels": [...], "poses": [[...], ...]}` is read, whose
    /// numbers are in the order of its own channels.
    package static func sequence(_ bytes: [UInt8], mapping: PoseMapping) throws(PoseError) -> [Item] {
        if let kind = FileKind(bytes), kind != .json {
            var motions: [Item] = []
            for row in try NumberFile.rows(bytes) { motions.append(.motion(try Motion(row))) }
            return motions
        }
        let value = try json(bytes)
        if let object = value.objectValue, let poses = object["poses"]?.arrayValue {
            let names = object["channels"]?.arrayValue?.compactMap(\.stringValue) ?? mapping.channels
            var items: [Item] = []
            for (index, pose) in poses.enumerated() {
                items.append(try .pose(reordered(pose, names, mapping, "poses[\(index)]")))
            }
            return items
        }
        guard let values = value.arrayValue, values.first?.doubleValue == nil else {
            return [try item(value, mapping, "sequence")]
        }
        var items: [Item] = []
        for (index, value) in values.enumerated() { items.append(try item(value, mapping, "sequence[\(index)]")) }
        return items
    }

    /// A pose or motion that stands in JSON already read.
    package static func item(
        _ value: JSONValue, _ mapping: PoseMapping, _ place: String
    ) throws(PoseError) -> Item {
        if let object = value.objectValue {
            var values: [(String, Double)] = []
            for (name, value) in object.members {
                guard let number = value.doubleValue else {
                    throw PoseError(
                        .malformed, "\(place) \(name.quotedForMessage): expected a number, got \(value.kind)")
                }
                values.append((name, number))
            }
            return .pose(try mapping.pose(setting: values))
        }
        let numbers = try numbers(value, place)
        switch numbers.count {
        case Pose.count: return .pose(try Pose(numbers))
        case Motion.count: return .motion(try Motion(numbers))
        default:
            throw PoseError(
                .count, "\(place): expected 20 numbers (a pose) or 70 (a motion), got \(numbers.count)")
        }
    }

    private static func json(_ bytes: [UInt8]) throws(PoseError) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw PoseError(.malformed, "expected JSON, NPY or MAT: \(error.message)", cause: error)
        }
    }

    private static func numbers(_ value: JSONValue, _ place: String) throws(PoseError) -> [Float] {
        guard let items = value.arrayValue else {
            throw PoseError(.malformed, "\(place): expected an object or an array, got \(value.kind)")
        }
        var numbers: [Float] = []
        for item in items {
            guard let number = item.doubleValue else {
                throw PoseError(.malformed, "\(place): expected numbers, got \(item.kind)")
            }
            numbers.append(Float(number))
        }
        return numbers
    }

    private static func reordered(
        _ value: JSONValue, _ names: [String], _ mapping: PoseMapping, _ place: String
    ) throws(PoseError) -> Pose {
        let numbers = try numbers(value, place)
        guard numbers.count == names.count else {
            throw PoseError(.count, "\(place): expected \(names.count) numbers as channels, got \(numbers.count)")
        }
        return try mapping.pose(setting: Array(zip(names, numbers.map(Double.init))))
    }
}
