import AnimoCheckpoint
import AnimoFiles
import AnimoJSON
import AnimoMotion

/// Files of drivers' numbers, a row for each frame: JSON, NPY, and the MAT files that estimators and talking-head
/// programs write.
///
/// | MAT variables | what wrote them | a row |
/// |---|---|---|
/// | `exp` N×64, `angle` N×3, `trans` N×3 | Deep3DFaceRecon | 70: these in turn |
/// | `coeff` N×257, `transform_params` N×5 or none | PIRenderer's extraction | 73: 80…144, 224…227, 254…257, scale and place of the crop; 70 without |
/// | `coeff_3dmm` N×70 or N×73 | SadTalker | as it is |
/// | `shape` 100, `exp` 50, `pose` 6 | DECA | 156: these in turn |
package enum NumberFile {
    /// Numbers of one frame by which rows are told from columns: a pose, a motion, one with its crop, DECA's and
    /// Deep3DFaceRecon's coefficients.
    private static let counts: Set<Int> = [
        Pose.count, Motion.count, FamilyRow.placedMotionCount, 156, FaceCoefficients.count,
    ]
    /// Numbers of one frame that are often written as a matrix, such as key points with their Jacobians.
    private static let matrixCounts: Set<Int> = counts.union([60, 256])

    /// - Throws: for other files, by their kinds.
    package static func rows(_ bytes: [UInt8]) throws(PoseError) -> [[Float]] {
        let kind = FileKind(bytes)
        do {
            switch kind {
            case .numpy:
                let array = try NumpyFile.read(bytes: bytes)
                return try rows(try array.floats(), shape: array.shape)
            case .matlab5: return try rows(try MatFile.read(bytes: bytes))
            case .json, nil: return try rows(try JSONValue(parsing: bytes), place: "motion")
            case .some(let other):
                let hint = advice[other] ?? other.remedy
                throw PoseError(
                    .malformed,
                    "expected JSON, NPY or MAT (version 5), got \(other.rawValue)" + (hint.map { ": \($0)" } ?? ""))
            }
        } catch let error as CheckpointError {
            throw PoseError(.malformed, error.message, cause: error)
        } catch let error as JSONError {
            throw PoseError(.malformed, "expected JSON, NPY or MAT: \(error.message)", cause: error)
        } catch let error as PoseError {
            throw error
        } catch {
            throw PoseError(.malformed, "motion: the file cannot be read", cause: error)
        }
    }

    private static let advice: [FileKind: String] = [
        .pickle: "save its numbers alone, in Python: numpy.save('motion.npy', numbers)",
        .zip:
            "if it is a NumPy archive (.npz), save one of its arrays: numpy.save('motion.npy', numpy.load(FILE)['NAME'])",
        .matlab4: "save it as version 5 (MATLAB: -v6, or scipy's savemat)",
        .hdf5: "save it as version 5 (MATLAB: -v6, or scipy's savemat)",
    ]

    /// The shape decides: an array whose columns are as many as one frame's numbers has rows of frames; one whose rows
    /// are, as PyTorch lays out a window, is turned.
    private static func rows(_ numbers: [Float], shape: [Int]) throws(PoseError) -> [[Float]] {
        let sizes = shape.filter { $0 != 1 }
        guard !numbers.isEmpty, sizes.count > 1, !matrixCounts.contains(numbers.count) else {
            return numbers.isEmpty ? [] : [motion(numbers)]
        }
        guard sizes.count == 2 else {
            throw PoseError(.count, "motion: expected rows of numbers, got shape \(shape)")
        }
        let (rows, columns) = (sizes[0], sizes[1])
        if counts.contains(columns) || !counts.contains(rows) {
            return (0..<rows).map { motion(Array(numbers[($0 * columns)..<(($0 + 1) * columns)])) }
        }
        return (0..<columns).map { column in motion((0..<rows).map { numbers[$0 * columns + column] }) }
    }

    /// Deep3DFaceRecon's coefficients become the motion in them; other numbers stay.
    private static func motion(_ numbers: [Float]) -> [Float] {
        guard numbers.count == FaceCoefficients.count, let face = try? FaceCoefficients(numbers) else { return numbers }
        return face.motion.values
    }

    // MARK: JSON

    /// A flat array is one row; an array of arrays, or of objects with a `motion`, is many.
    private static func rows(_ value: JSONValue, place: String) throws(PoseError) -> [[Float]] {
        if let object = value.objectValue {
            guard let inner = object["motion"] ?? object["motions"] else {
                throw PoseError(.malformed, "\(place): expected an array of numbers, got an object without \"motion\"")
            }
            return try rows(inner, place: place)
        }
        guard let items = value.arrayValue else {
            throw PoseError(.malformed, "\(place): expected an array of numbers, got \(value.kind)")
        }
        guard let first = items.first, first.doubleValue == nil else {
            let numbers = try numbers(items, place: place)
            return numbers.isEmpty ? [] : [motion(numbers)]
        }
        var rows: [[Float]] = []
        for (index, item) in items.enumerated() {
            let place = "\(place)[\(index)]"
            guard let row = item.objectValue?["motion"]?.arrayValue ?? item.arrayValue else {
                throw PoseError(.malformed, "\(place): expected an array of numbers, got \(item.kind)")
            }
            rows.append(try numbers(row, place: place))
        }
        guard let count = rows.first?.count, rows.allSatisfy({ $0.count == count }) else {
            throw PoseError(.count, "\(place): expected rows of one length")
        }
        return try Self.rows(rows.flatMap { $0 }, shape: [rows.count, count])
    }

    private static func numbers(_ items: [JSONValue], place: String) throws(PoseError) -> [Float] {
        var numbers: [Float] = []
        for (index, item) in items.enumerated() {
            guard let number = item.doubleValue else {
                throw PoseError(.malformed, "\(place)[\(index)]: expected a number, got \(item.kind)")
            }
            numbers.append(Float(number))
        }
        return numbers
    }

    // MARK: MAT

    private static func rows(_ arrays: [String: NamedArray]) throws -> [[Float]] {
        if arrays["shape"]?.count == 100, arrays["pose"]?.count == 6, arrays["exp"]?.count == 50 {
            return [try ["shape", "exp", "pose"].flatMap { try arrays[$0]?.floats() ?? [] }]
        }
        if let rows = try matrix("coeff_3dmm", of: arrays, columns: [Motion.count, FamilyRow.placedMotionCount]) {
            return rows
        }
        if let rows = try matrix("coeff", of: arrays, columns: [FaceCoefficients.count]) {
            let motions = rows.map { motion($0) }
            // Width and height of the frame, scale and place of the crop.
            guard let crops = try matrix("transform_params", of: arrays, columns: [5]) else { return motions }
            guard crops.count == motions.count else {
                throw PoseError(
                    .count, "motion: expected \(motions.count) rows of transform_params as of coeff, got \(crops.count)"
                )
            }
            return zip(motions, crops).map { $0 + $1.suffix(3) }
        }
        let parts = try [("exp", Motion.expressions), ("angle", 3), ("trans", 3)].map { name, count in
            guard let part = try matrix(name, of: arrays, columns: [count]) else {
                throw PoseError(
                    .count,
                    "motion: expected \(count) numbers called \(name) in the MAT file, or coeff (N×257) or coeff_3dmm "
                        + "(N×70, N×73), got \(listed(arrays))")
            }
            return part
        }
        guard Set(parts.map(\.count)).count == 1 else {
            throw PoseError(.count, "motion: expected as many rows of exp, angle and trans, got \(parts.map(\.count))")
        }
        return parts[0].indices.map { parts[0][$0] + parts[1][$0] + parts[2][$0] }
    }

    /// The rows of a variable; nil where there is none of that name.
    private static func matrix(
        _ name: String, of arrays: [String: NamedArray], columns: [Int]
    ) throws -> [[Float]]? {
        guard let array = arrays[name] else { return nil }
        let width = columns.contains(array.count) ? array.count : array.shape.last ?? 0
        guard columns.contains(width), array.count > 0, array.count.isMultiple(of: width) else {
            let expected = columns.map { "N×\($0)" }.joined(separator: " or ")
            throw PoseError(.count, "motion: expected \(name) of shape \(expected), got \(array.shape)")
        }
        let numbers = try array.floats()
        return stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<($0 + width)]) }
    }

    private static func listed(_ arrays: [String: NamedArray]) -> String {
        let names = arrays.sorted { $0.key < $1.key }.prefix(6).map { "\($0.key.quotedForMessage) \($0.value.shape)" }
        return names.isEmpty ? "no numbers" : names.joined(separator: ", ")
    }
}
