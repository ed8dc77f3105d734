import AnimoCheckpoint
import AnimoCompute
import AnimoModelFile
import AnimoMotion

extension AniMo {
    /// Renders seeded inputs by the fast kernels and by the plain loops.
    ///
    /// - Parameter file: what this model was made from; the model keeps its weights only as the kernels want them.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(
                .damaged, "expected the model file that was loaded, got a changed one; reload it first")
        }
        let plain = try Networks(file, method: .reference, pool: pool)
        var random = SplitMix64(state: 20)
        var stages: [VerifyStage] = []
        for domain in domains {
            let picture = FloatImage(
                pixels: (0..<(64 * 96 * 3)).map { _ in random.unit() }, width: 96, height: 64)
            let motion = try Motion((0..<Motion.count).map { _ in (random.unit() - 0.5) * 0.6 })
            let fast = try self.stages(networks, flow: picture, editing: picture, motion: motion, domain: domain)
            let slow = try self.stages(
                plain, flow: picture, editing: picture, motion: motion, domain: domain, isReference: true)
            stages += compare(fast, with: slow, domain: domain, against: "reference")
        }
        return try stages + readers.verify(against: file, contexts)
    }

    /// Holds the fast kernels against recorded values: `{domain}.s{size}.{source,motion,latent,flow,warped,output}`
    /// and `{domain}.estimator.{input,output}`, pictures as (batch, channels, height, width).
    package func verify(golden: ArrayArchive) throws -> [VerifyStage] {
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
            guard let reader = capabilities.readers.first(where: { $0.domain == domain && $0.part == "estimator" }),
                case .motion(let motion) = try read([FrameImage(frame)], by: reader).first
            else { continue }
            stages.append(
                VerifyStage(
                    name: "\(domain.rawValue).estimator",
                    difference: VerifyStage.difference(motion.values, try output.floats()),
                    limit: VerifyLimit.estimator, against: "golden"))
        }
        return stages
    }

    private func compare(
        _ got: Stages, with expected: Stages, domain: Domain, against: String
    ) -> [VerifyStage] {
        func stage(_ name: String, _ got: [Float], _ expected: [Float], _ limit: Float) -> VerifyStage {
            VerifyStage(
                name: "\(domain.rawValue).\(name)", difference: VerifyStage.difference(got, expected), limit: limit,
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
}
