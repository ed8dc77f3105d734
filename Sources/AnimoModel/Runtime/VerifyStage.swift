import AnimoCheckpoint

/// Distance of one stage from what it is held against.
package struct VerifyStage: Sendable, Equatable {
    /// Such as `anime.flow`.
    package let name: String
    /// The largest absolute difference; not a number where the shapes do not even agree.
    package let difference: Float
    /// Largest difference allowed.
    package let limit: Float
    /// `reference` for the plain loops, `golden` for recorded values.
    package let against: String

    /// Indicates whether the difference is within the limit.
    package var passed: Bool { difference <= limit }

    /// The largest absolute difference; not a number if the counts differ or any value is none.
    static func difference(_ first: [Float], _ second: [Float]) -> Float {
        guard first.count == second.count else { return .nan }
        var largest: Float = 0
        for (a, b) in zip(first, second) {
            let step = abs(a - b)
            if step.isNaN { return .nan }
            largest = max(largest, step)
        }
        return largest
    }
}

/// The largest differences allowed, by the last part of a stage's name.
enum VerifyLimit {
    /// Latent motion codes.
    static let latent: Float = 1e-5
    /// Flows, in pixels of their own grid.
    static let flow: Float = 1e-3
    /// Pictures in 0…1 and feature maps.
    static let picture: Float = 2e-4
    /// Numbers that estimators read.
    static let estimator: Float = 1e-4
    /// Key points in -1…1, and everything computed from them.
    static let keyPoints: Float = 1e-4
    /// The tracker's networks, in parts of the largest value.
    static let tracker: Float = 1e-5
}

/// Picture `index` of (batch, channels, height, width) as (height, width, channels).
func channelsLast(_ array: NamedArray, _ index: Int) throws -> [Float] {
    guard array.shape.count == 4, index < array.shape[0] else {
        throw ModelError(.pictureSize, "array \"\(array.name)\": expected (batch, channels, height, width)")
    }
    let (channels, pixels) = (array.shape[1], array.shape[2] * array.shape[3])
    let values = try array.floats()
    let start = index * channels * pixels
    return (0..<(pixels * channels)).map { values[start + $0 % channels * pixels + $0 / channels] }
}
