import AnimoCompute
import AnimoModelFile
import AnimoMotion

extension TalkingHead3 {
    /// Largest differences between fast kernels and plain loops: ten times those between single and double precision.
    private enum Limit {
        static let image: Float = 7e-4
        static let grid: Float = 3e-5
        static let output: Float = 6e-4
    }

    /// Compares a seeded figure in a seeded pose: background, layer, grid and output.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(.damaged, "the model's file is no longer the one that was loaded")
        }
        let plain = try TalkingHead3Networks(file, isPlain: true, pool: contexts.pool)
        var random = SplitMix64(state: 23)
        let image = Self.drawnCharacter(&random)
        let pose = poseMapping.layout.channels.map { channel in
            channel.range.lowerBound + (channel.range.upperBound - channel.range.lowerBound) * random.unit()
        }
        func stages(_ networks: TalkingHead3Networks, isReference: Bool) -> [(name: String, values: [Float])] {
            contexts.withFreshContext(isReference: isReference) { context in
                let source = networks.prepare(context, image)
                var grid: [Float] = []
                let output = source.withKept(brows: []) { kept in
                    networks.render(context, source, pose, kept: kept) { stage, tensor in
                        if stage == .turnGrid { grid = context.values(tensor, 0, channels: 0..<2) }
                    }
                }
                return [
                    ("background", context.workspace.gather(1) { _ in source.background }.values(0)),
                    ("layer", context.workspace.gather(1) { _ in source.layer }.values(0)), ("grid", grid),
                    ("output", output.values(0)),
                ]
            }
        }
        return zip(stages(networks, isReference: false), stages(plain, isReference: true)).map { fast, slow in
            let limit = fast.name == "grid" ? Limit.grid : fast.name == "output" ? Limit.output : Limit.image
            return VerifyStage(
                name: "anime.\(fast.name)", difference: VerifyStage.difference(fast.values, slow.values),
                limit: limit, against: "reference")
        }
    }

    /// A figure of soft blots on a clear ground, where the networks expect one.
    private static func drawnCharacter(_ random: inout SplitMix64) -> FloatImage {
        let side = TalkingHead3Networks.side
        let blots = (0..<24).map { _ in
            (
                x: 200 + 112 * random.unit(), y: 60 + 300 * random.unit(), size: 8 + 40 * random.unit(),
                colour: SIMD3(random.unit(), random.unit(), random.unit())
            )
        }
        var pixels = [Float](repeating: 0, count: side * side * 4)
        for y in 0..<side {
            for x in 0..<side {
                for blot in blots {
                    let (dx, dy) = (Float(x) - blot.x, Float(y) - blot.y)
                    guard dx * dx + dy * dy < blot.size * blot.size else { continue }
                    let place = (y * side + x) * 4
                    for channel in 0..<3 { pixels[place + channel] = blot.colour[channel] }
                    pixels[place + 3] = 1
                }
            }
        }
        return FloatImage(pixels: pixels, width: side, height: side, channels: 4)
    }
}
