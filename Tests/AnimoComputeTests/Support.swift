import Testing

@testable import AnimoCompute

/// Numbers that look random and are the same every time.
struct Noise {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1 }

    /// −1 ≤ x < 1
    mutating func next() -> Float {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Float(state >> 40) / Float(1 << 23) - 1
    }

    mutating func values(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

/// The largest difference of two lists, as a share of the largest value expected; infinite if they differ in length.
func relativeDifference(_ got: [Float], _ expected: [Float]) -> Float {
    guard got.count == expected.count else { return .infinity }
    let scale = expected.map(abs).max() ?? 0
    let worst: Float = zip(got, expected).reduce(0) { largest, pair in
        let step = abs(pair.0 - pair.1)
        return step.isNaN ? .infinity : max(largest, step)
    }
    return worst / max(scale, 1e-3)
}

extension ComputeContext {
    /// A batch of pictures of noise, padding zero as everywhere.
    func noise(_ seed: Int, batch: Int = 1, height: Int, width: Int, channels: Int) -> Tensor {
        let tensor = workspace.tensor(batch: batch, height: height, width: width, channels: channels)
        for picture in 0..<batch {
            var noise = Noise(seed + 1000 * picture)
            for pixel in 0..<tensor.pixels {
                for channel in 0..<tensor.depth {
                    tensor.pictures[picture][pixel * tensor.depth + channel] = channel < channels ? noise.next() : 0
                }
            }
        }
        return tensor
    }

    /// Scales and shifts of noise, zero for the padding.
    func affine(_ seed: Int, like tensor: Tensor) -> Affine {
        let room = workspace.floats(2 * tensor.batch * tensor.depth)
        let affine = Affine(scale: room, shift: room + tensor.batch * tensor.depth, depth: tensor.depth)
        for picture in 0..<tensor.batch {
            var noise = Noise(seed + 77 * picture)
            for channel in 0..<tensor.depth {
                let place = picture * tensor.depth + channel
                affine.scale[place] = channel < tensor.channels ? 1 + noise.next() / 2 : 0
                affine.shift[place] = channel < tensor.channels ? noise.next() : 0
            }
        }
        return affine
    }
}
