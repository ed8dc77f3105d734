import AnimoCheckpoint
import AnimoCompute
import AnimoDemo
import AnimoModelTestSupport
import AnimoPictures
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// The small Latent Pose Descriptors with batch norms whose statistics come from pictures, as training leaves them.
/// With the fixture's own, which are random, the pose encoder reads nearly the same off every picture. Such norms
/// enlarge what rounding leaves in channels that vary little, so that features differ by up to 2.5e-4 of their largest.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct LatentPoseStatisticsTests {
    @Test("Heads are told apart, and read and drawn as by the plain loops")
    func headsAreToldApart() throws {
        var archive = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes("lpd-small.pth"))
        let frames = try ["vox-driving-1.png", "vox-driving-2.png", "vox-driving-3.png", "anime-1.png"].map { name in
            let picture = try PictureDecoder.decode(try DemoSamples.file(name)).overWhite()
            return FloatImage(rgb8: picture.pixels, width: picture.width, height: picture.height)
        }
        try #require(frames.allSatisfy { $0.width == 256 && $0.height == 256 })
        let sign = "features.0.0.weight"
        let key = try #require(archive.arrays.keys.first { $0.hasPrefix("running_averages.") && $0.hasSuffix(sign) })
        var reference = PlainPoseEncoder(arrays: archive.arrays, root: String(key.dropLast(sign.count)))
        let (features, poses) = try reference.read(frames)
        archive.arrays = reference.arrays

        let file = try ModelFile(bytes: try ModelConversion.convert(archive))
        let model = try LatentPose(file: file, pool: WorkerPool(threads: 2))
        var drawn: [[Float]] = []
        for (index, frame) in frames.enumerated() {
            let stages = model.stages(frame)
            for (place, feature) in features.enumerated() {
                #expect(
                    shareOfLargest(stages.features[place], feature[index]) <= 5e-4, "feature \(place) of frame \(index)"
                )
            }
            #expect(shareOfLargest(stages.pose, poses[index]) <= 1e-4)
            drawn.append(stages.output)
        }
        let most = poses.joined().map(abs).max() ?? 0
        for first in frames.indices {
            for second in 0..<first {
                #expect(largestDifference(poses[first], poses[second]) > 0.1 * most, "\(first) and \(second)")
                #expect(largestDifference(drawn[first], drawn[second]) > 0.02, "\(first) and \(second)")
            }
        }
        for stage in try model.verify(against: file) { #expect(stage.passed, "\(stage)") }
    }
}

/// MobileNetV2 (Sandler et al. 2018) by loops, its batch norms apart, whose statistics are those of what it reads.
private struct PlainPoseEncoder {
    /// Pictures of one size, each (height, width, channels).
    private struct Maps {
        var height: Int
        var width: Int
        var channels: Int
        var values: [[Float]]
    }

    private(set) var arrays: [String: NamedArray]
    /// What the names of its tensors begin with.
    let root: String

    /// Strides of the blocks: the first of each row of the paper's table 2 has the row's.
    private static let strides = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]

    /// Reads pictures of 256×256.
    ///
    /// - Returns: what comes out of each of the 19 features, by picture; the poses.
    mutating func read(_ frames: [FloatImage]) throws -> (features: [[[Float]]], poses: [[Float]]) {
        var maps = Maps(height: 256, width: 256, channels: 3, values: frames.map(\.pixels))
        maps = try normalised(try convolved(maps, "features.0.0", stride: 2), "features.0.1", isBounded: true)
        var features = [maps.values]
        for (index, stride) in Self.strides.enumerated() {
            let block = "features.\(index + 1).conv"
            let first = arrays["\(root)\(block).1.0.weight"] == nil ? 0 : 1
            var inner = maps
            if first == 1 {
                inner = try normalised(try convolved(inner, "\(block).0.0"), "\(block).0.1", isBounded: true)
            }
            inner = try normalised(
                try convolved(inner, "\(block).\(first).0", stride: stride, isDepthwise: true), "\(block).\(first).1",
                isBounded: true)
            inner = try normalised(try convolved(inner, "\(block).\(first + 1)"), "\(block).\(first + 2)")
            if stride == 1, inner.channels == maps.channels {
                for picture in inner.values.indices {
                    inner.values[picture] = zip(inner.values[picture], maps.values[picture]).map { $0 + $1 }
                }
            }
            maps = inner
            features.append(maps.values)
        }
        maps = try normalised(try convolved(maps, "features.18.0"), "features.18.1", isBounded: true)
        features.append(maps.values)
        let (weights, bias) = (try values("classifier.1.weight"), try values("classifier.1.bias"))
        let poses = maps.values.map { picture in
            let pixels = picture.count / maps.channels
            let means = (0..<maps.channels).map { channel in
                (0..<pixels).reduce(Float(0)) { $0 + picture[$1 * maps.channels + channel] } / Float(pixels)
            }
            return bias.enumerated().map { row, bias in
                means.enumerated().reduce(bias) { $0 + $1.element * weights[row * maps.channels + $1.offset] }
            }
        }
        return (features, poses)
    }

    private func values(_ name: String) throws -> [Float] {
        try #require(arrays[root + name], "\(name)").floats()
    }

    /// y(p, o) = Σ x(s p + d, i) w(o, i, d), with zeros around the picture.
    private func convolved(_ maps: Maps, _ name: String, stride: Int = 1, isDepthwise: Bool = false) throws -> Maps {
        let shape = try #require(arrays["\(root)\(name).weight"], "\(name)").shape
        let weights = try values("\(name).weight")
        let (outputs, inputs, kernel) = (shape[0], shape[1], shape[2])
        try #require(isDepthwise ? inputs == 1 && outputs == maps.channels : inputs == maps.channels)
        var result = Maps(
            height: (maps.height - 1) / stride + 1, width: (maps.width - 1) / stride + 1, channels: outputs, values: [])
        for picture in maps.values {
            var drawn = [Float](repeating: 0, count: result.height * result.width * outputs)
            picture.withUnsafeBufferPointer { x in
                weights.withUnsafeBufferPointer { w in
                    drawn.withUnsafeMutableBufferPointer { y in
                        for row in 0..<result.height {
                            for column in 0..<result.width {
                                let out = (row * result.width + column) * outputs
                                for tap in 0..<(kernel * kernel) {
                                    let (down, right) = (
                                        row * stride + tap / kernel - kernel / 2,
                                        column * stride + tap % kernel - kernel / 2
                                    )
                                    guard down >= 0, right >= 0, down < maps.height, right < maps.width else {
                                        continue
                                    }
                                    let start = (down * maps.width + right) * maps.channels
                                    for output in 0..<outputs {
                                        var sum: Float = 0
                                        for input in 0..<inputs {
                                            sum +=
                                                x[start + (isDepthwise ? output : input)]
                                                * w[(output * inputs + input) * kernel * kernel + tap]
                                        }
                                        y[out + output] += sum
                                    }
                                }
                            }
                        }
                    }
                }
            }
            result.values.append(drawn)
        }
        return result
    }

    /// y = (x − m) / √(v + 1e-5) · g + β of each channel, with m and v of these very maps, which are kept.
    ///
    /// - Parameter isBounded: 0 to 6 behind it.
    private mutating func normalised(_ maps: Maps, _ name: String, isBounded: Bool = false) throws -> Maps {
        let (gain, bias) = (try values("\(name).weight"), try values("\(name).bias"))
        var (means, variances) = ([Float](), [Float]())
        let count = Double(maps.height * maps.width * maps.values.count)
        var (sums, squares) = (
            [Double](repeating: 0, count: maps.channels), [Double](repeating: 0, count: maps.channels)
        )
        for picture in maps.values {
            for (place, value) in picture.enumerated() {
                sums[place % maps.channels] += Double(value)
                squares[place % maps.channels] += Double(value) * Double(value)
            }
        }
        for channel in 0..<maps.channels {
            let mean = sums[channel] / count
            means.append(Float(mean))
            variances.append(Float(max(0, squares[channel] / count - mean * mean)))
        }
        for (leaf, numbers) in [("running_mean", means), ("running_var", variances)] {
            let key = "\(root)\(name).\(leaf)"
            try #require(arrays[key] != nil, "\(key)")
            arrays[key] = NamedArray(name: key, shape: [maps.channels], floats: numbers)
        }
        var result = maps
        for picture in maps.values.indices {
            for (place, value) in maps.values[picture].enumerated() {
                let channel = place % maps.channels
                let normal = (value - means[channel]) / (variances[channel] + 1e-5).squareRoot()
                let y = normal * gain[channel] + bias[channel]
                result.values[picture][place] = isBounded ? min(max(y, 0), 6) : y
            }
        }
        return result
    }
}
