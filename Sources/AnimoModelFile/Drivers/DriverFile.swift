import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// The files people write to drive a head: poses, motions, and sequences of either.
///
/// A pose is a JSON object of names to values, or an array of 20; a motion is JSON or NPY with 70 numbers, or a MAT
/// file with `exp`, `angle` and `trans`; a sequence is an array of either.
package enum DriverFile {
    package enum Item: Sendable, Equatable {
        case pose(Pose)
        case motion(Motion)
    }

    /// One pose. Names not mentioned are 0; a both-sided name sets left and right.
    package static func pose(_ bytes: [UInt8], mapping: PoseMapping) throws(PoseError) -> Pose {
        guard case .pose(let pose) = try item(json(bytes), mapping, "pose") else {
            throw PoseError(.count, "pose: expected names and values or 20 numbers, got 70 numbers, a motion")
        }
        return pose
    }

    /// The numbers of one driver, of any count: a flat JSON array, an NPY array row by row, or a MAT file of a motion or
    /// of DECA's coefficients (`shape` 100, `exp` 50, `pose` 6).
    package static func numbers(_ bytes: [UInt8]) throws(PoseError) -> [Float] {
        do {
            if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return try NumpyFile.read(bytes: bytes).floats() }
            if bytes.starts(with: Array("MATLAB".utf8)) {
                let arrays = try MatFile.read(bytes: bytes)
                guard arrays["shape"]?.count == 100, arrays["pose"]?.count == 6, arrays["exp"]?.count == 50 else {
                    return try motion(arrays).values
                }
                return try ["shape", "exp", "pose"].flatMap { try arrays[$0]?.floats() ?? [] }
            }
        } catch let error as CheckpointError {
            throw PoseError(.malformed, error.message)
        } catch let error as PoseError {
            throw error
        } catch {
            throw PoseError(.malformed, "motion: the file cannot be read")
        }
        return try numbers(json(bytes), "motion")
    }

    /// One or many of either. Beside an array, an object `{"channels": [...], "poses": [[...], ...]}` is read, whose
    /// numbers are in the order of its own channels.
    package static func sequence(_ bytes: [UInt8], mapping: PoseMapping) throws(PoseError) -> [Item] {
        if let motions = try motions(bytes) { return motions.map { .motion($0) } }
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
            throw PoseError(.malformed, "expected JSON, NPY or MAT: \(error.message)")
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

    /// The motions of an NPY or MAT file; nil where the bytes are neither.
    private static func motions(_ bytes: [UInt8]) throws(PoseError) -> [Motion]? {
        do {
            if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
                let array = try NumpyFile.read(bytes: bytes)
                return try rows(try array.floats(), array.shape)
            }
            if bytes.starts(with: Array("MATLAB".utf8)) { return [try motion(try MatFile.read(bytes: bytes))] }
            return nil
        } catch let error as CheckpointError {
            throw PoseError(.malformed, error.message)
        } catch let error as PoseError {
            throw error
        } catch {
            throw PoseError(.malformed, "motion: the file cannot be read")
        }
    }

    private static func rows(_ numbers: [Float], _ shape: [Int]) throws(PoseError) -> [Motion] {
        guard shape.last == Motion.count || numbers.count == Motion.count, !numbers.isEmpty else {
            throw PoseError(.count, "motion: expected an array of 70 or N×70 numbers, got shape \(shape)")
        }
        var motions: [Motion] = []
        for start in stride(from: 0, to: numbers.count, by: Motion.count) {
            motions.append(try Motion(Array(numbers[start..<start + Motion.count])))
        }
        return motions
    }

    private static func motion(_ arrays: [String: NamedArray]) throws(PoseError) -> Motion {
        var values: [Float] = []
        for (name, count) in [("exp", Motion.expressions), ("angle", 3), ("trans", 3)] {
            guard let array = arrays[name], array.count == count, let numbers = try? array.floats() else {
                let got = arrays[name].map { "shape \($0.shape)" } ?? "nothing"
                throw PoseError(.count, "motion: expected \(count) numbers called \(name) in the MAT file, got \(got)")
            }
            values += numbers
        }
        return try Motion(values)
    }
}
