import AnimoCheckpoint
import AnimoCompute

/// How far one stage was from what it is held against.
public struct VerifyStage: Sendable, Equatable {
    /// Such as `anime.flow`.
    public let name: String
    /// The largest absolute difference; not a number where the shapes do not even agree.
    public let difference: Float
    public let limit: Float
    /// `reference` for the plain loops, `golden` for recorded values.
    public let against: String

    public var passed: Bool { difference <= limit }
}

/// The largest differences allowed, by the last part of a stage's name.
enum VerifyLimit {
    static let latent: Float = 1e-5
    static let flow: Float = 1e-3
    static let picture: Float = 2e-4
    static let estimator: Float = 1e-4
}

extension Model {
    /// Draws seeded inputs by the fast kernels and by the plain loops.
    ///
    /// - Parameter file: what this model was made from; the model keeps its weights only as the kernels want them.
    public func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(.damaged, "the model's file is no longer the one that was loaded")
        }
        let plain = try Networks(file, method: .reference, pool: pool)
        var random = SplitMix64(state: 20)
        var stages: [VerifyStage] = []
        for domain in domains {
            let picture = FloatImage(
                pixels: (0..<(64 * 96 * 3)).map { _ in random.unit() }, width: 96, height: 64)
            let motion = try Motion((0..<Motion.count).map { _ in (random.unit() - 0.5) * 0.6 })
            let fast = try self.stages(networks, flow: picture, editing: picture, motion: motion, domain: domain)
            let slow = try self.stages(plain, flow: picture, editing: picture, motion: motion, domain: domain)
            stages += compare(fast, with: slow, domain: domain, against: "reference")
            if let side = estimatorInput(domain), let estimator = plain.domains[domain]?.estimator {
                let frame = FloatImage(
                    pixels: (0..<(side * side * 3)).map { _ in random.unit() }, width: side, height: side)
                let read = try estimate([frame], domain: domain)
                let expected = withWorkspace { executor in
                    estimator.motions(executor, executor.tensor([frame.pixels], height: side, width: side))[0]
                }
                stages.append(
                    VerifyStage(
                        name: "\(domain.rawValue).estimator", difference: Self.difference(read[0].values, expected),
                        limit: VerifyLimit.estimator, against: "reference"))
            }
        }
        return stages
    }

    /// Holds the fast kernels against recorded values: `{domain}.s{size}.{source,motion,latent,flow,warped,output}`
    /// and `{domain}.estimator.{input,output}`, pictures as (batch, channels, height, width).
    public func verify(golden: ArrayArchive) throws -> [VerifyStage] {
        var stages: [VerifyStage] = []
        for name in golden.arrays.keys.sorted() where name.hasSuffix(".source") {
            let set = String(name.dropLast(".source".count))
            guard let domain = Domain(rawValue: String(set.prefix { $0 != "." })), domains.contains(domain) else {
                continue
            }
            func recorded(_ leaf: String) throws -> NamedArray {
                guard let array = golden.arrays["\(set).\(leaf)"] else {
                    throw ModelError(.missingTensor, "golden \"\(set).\(leaf)\": expected one, got none")
                }
                return array
            }
            let (source, motions) = (try recorded("source"), try recorded("motion").floats())
            guard source.shape.count == 4, motions.count == source.shape[0] * Motion.count else {
                throw ModelError(.pictureSize, "golden \"\(set)\": expected a motion for each source picture")
            }
            for index in 0..<source.shape[0] {
                let picture = FloatImage(
                    pixels: try channelsLast(source, index), width: source.shape[3], height: source.shape[2])
                let motion = try Motion(Array(motions[(index * Motion.count)..<((index + 1) * Motion.count)]))
                let got = try self.stages(networks, flow: picture, editing: picture, motion: motion, domain: domain)
                let latent = try recorded("latent").floats()
                let width = latent.count / source.shape[0]
                let expected = Stages(
                    latent: Array(latent[(index * width)..<((index + 1) * width)]),
                    flow: try channelsLast(recorded("flow"), index),
                    warped: try channelsLast(recorded("warped"), index), encoder: got.encoder,
                    output: try channelsLast(recorded("output"), index))
                stages += compare(got, with: expected, domain: domain, against: "golden \(set)[\(index)]")
            }
        }
        for domain in domains {
            guard let input = golden.arrays["\(domain.rawValue).estimator.input"], input.shape.count == 4,
                let output = golden.arrays["\(domain.rawValue).estimator.output"]
            else { continue }
            let frame = FloatImage(pixels: try channelsLast(input, 0), width: input.shape[3], height: input.shape[2])
            let read = try estimate([frame], domain: domain)
            stages.append(
                VerifyStage(
                    name: "\(domain.rawValue).estimator",
                    difference: Self.difference(read[0].values, try output.floats()),
                    limit: VerifyLimit.estimator, against: "golden"))
        }
        return stages
    }

    private func compare(
        _ got: Stages, with expected: Stages, domain: Domain, against: String
    ) -> [VerifyStage] {
        func stage(_ name: String, _ got: [Float], _ expected: [Float], _ limit: Float) -> VerifyStage {
            VerifyStage(
                name: "\(domain.rawValue).\(name)", difference: Self.difference(got, expected), limit: limit,
                against: against)
        }
        var stages = [stage("latent", got.latent, expected.latent, VerifyLimit.latent)]
        for (level, pair) in zip(got.encoder, expected.encoder).enumerated() where against == "reference" {
            stages.append(stage("encoder\(level)", pair.0, pair.1, VerifyLimit.picture))
        }
        stages.append(stage("flow", got.flow, expected.flow, VerifyLimit.flow))
        stages.append(stage("warped", got.warped, expected.warped, VerifyLimit.picture))
        stages.append(stage("output", got.output, expected.output, VerifyLimit.picture))
        return stages
    }

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

/// Picture `index` of (batch, channels, height, width) as (height, width, channels).
private func channelsLast(_ array: NamedArray, _ index: Int) throws -> [Float] {
    guard array.shape.count == 4, index < array.shape[0] else {
        throw ModelError(.pictureSize, "array \"\(array.name)\": expected (batch, channels, height, width)")
    }
    let (channels, pixels) = (array.shape[1], array.shape[2] * array.shape[3])
    let values = try array.floats()
    let start = index * channels * pixels
    return (0..<(pixels * channels)).map { values[start + $0 % channels * pixels + $0 / channels] }
}
