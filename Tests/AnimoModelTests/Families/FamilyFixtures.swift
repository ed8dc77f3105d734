import AnimoCheckpoint
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Checkpoints and goldens under `../shared/fixtures/families`.
enum FamilyFixtures {
    static func url(_ name: String) throws -> String { try #require(Fixtures.url("families/\(name)")).path }

    /// Values of a golden, those of (batch, channels, height, width) as (height, width, channels) of each item.
    static func golden(_ archive: ArrayArchive, _ name: String) throws -> [[Float]] {
        let array = try #require(archive.arrays[name], "\(name)")
        let values = try array.floats()
        let count = array.shape.dropFirst().reduce(1, *)
        let pixels = array.shape.count == 4 ? array.shape[2] * array.shape[3] : 1
        let channels = count / max(1, pixels)
        return (0..<array.shape[0]).map { item in
            (0..<count).map { values[item * count + $0 % channels * pixels + $0 / channels] }
        }
    }

    /// Pictures of a golden, in the networks' own numbers.
    static func pictures(_ archive: ArrayArchive, _ name: String) throws -> [FloatImage] {
        let shape = try #require(archive.arrays[name]).shape
        return try golden(archive, name).map { FloatImage(pixels: $0, width: shape[3], height: shape[2]) }
    }

    /// The weights under a path of a checkpoint's dictionaries.
    static func weights(_ name: String, at path: String...) throws -> Weights {
        var value: CheckpointValue? = try CheckpointReader.tree(path: url(name)).root
        for key in path { value = value?[key] }
        return Weights(try #require(value?.dictionaryValue).arrays)
    }

    static func context() -> ComputeContext { ComputeContext(pool: WorkerPool(threads: 2), workspace: Workspace()) }
}

/// The largest absolute difference; infinite where the counts differ or a value is no number.
func largestDifference(_ got: [Float], _ expected: [Float]) -> Float {
    guard got.count == expected.count else { return .infinity }
    return zip(got, expected).reduce(0) { largest, pair in
        let step = abs(pair.0 - pair.1)
        return step.isNaN ? .infinity : max(largest, step)
    }
}

/// The largest difference as a share of the largest value expected.
func shareOfLargest(_ got: [Float], _ expected: [Float]) -> Float {
    largestDifference(got, expected) / max(expected.map(abs).max() ?? 0, .leastNormalMagnitude)
}
