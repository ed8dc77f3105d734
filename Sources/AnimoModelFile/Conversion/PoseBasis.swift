import AnimoCheckpoint
import AnimoMotion

/// The published basis of the pose mapping, `pose_coeffs.npy`.
package enum PoseBasis {
    /// Columns of the 64 numbers of expression among the 257 of a full 3DMM vector.
    static let expressionColumns = 80..<144

    /// Reads 17×64 numbers from an NPY file of 17×257 (columns 80 to 143 are taken) or 17×64.
    package static func read(_ file: FileBytes) throws(ModelFileError) -> [Float] {
        let array: NamedArray
        let floats: [Float]
        do {
            array = try NumpyFile.read(file)
            floats = try array.floats()
        } catch {
            throw ModelFileError(error)
        }
        guard floats.allSatisfy(\.isFinite) else {
            throw ModelFileError(.notFinite, "pose basis: expected finite numbers")
        }
        switch array.shape {
        case [Pose.morphs, Motion.expressions]: return floats
        case [Pose.morphs, 257]:
            return (0..<Pose.morphs).flatMap { row in
                floats[(row * 257 + expressionColumns.lowerBound)..<(row * 257 + expressionColumns.upperBound)]
            }
        default:
            throw ModelFileError(
                .tensors, "pose basis: expected 17×257 or 17×64 numbers, got shape \(array.shape)")
        }
    }
}
