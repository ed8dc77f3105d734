import Testing

@testable import AnimoCompute

/// Layers without weights, and norms, beside their plain loops over sizes that divide nothing.
struct ReferenceLayerTests {
    struct Size: Sendable, CustomStringConvertible {
        let batch: Int
        let height: Int
        let width: Int
        let channels: Int

        var description: String { "\(batch)×\(height)×\(width)×\(channels)" }

        static let all = [
            Size(batch: 1, height: 1, width: 1, channels: 1), Size(batch: 2, height: 3, width: 5, channels: 7),
            Size(batch: 3, height: 8, width: 2, channels: 8), Size(batch: 1, height: 13, width: 17, channels: 19),
        ]
    }

    private let pool = WorkerPool(threads: 2)

    /// What `body` gives in a context of fast loops and in a reference one.
    private func both<Value>(_ body: (ComputeContext) -> Value) -> (fast: Value, slow: Value) {
        (
            body(ComputeContext(pool: pool, workspace: Workspace())),
            body(ComputeContext(pool: pool, workspace: Workspace(), isReference: true))
        )
    }

    private func moments(_ context: ComputeContext, _ size: Size, seed: Int) -> Moments {
        context.referenceMoments(
            context.noise(seed, batch: size.batch, height: size.height, width: size.width, channels: size.channels))
    }

    private func values(_ affine: Affine, batch: Int) -> [Float] {
        let count = batch * affine.depth
        return (0..<count).map { affine.scale[$0] } + (0..<count).map { affine.shift[$0] }
    }

    private func values(_ tensor: Tensor) -> [Float] { (0..<tensor.batch).flatMap { tensor.values($0) } }

    @Test(arguments: Size.all) func adaptiveNormsAgree(size: Size) {
        var noise = Noise(5)
        let (latent, hidden) = (9, 11)
        let channels = [size.channels, 6]
        let total = size.channels + 6
        func linear(_ outputs: Int, _ inputs: Int) -> (weights: [Float], bias: [Float]) {
            (noise.values(outputs * inputs), noise.values(outputs))
        }
        let norm = AdaptiveNorm(
            channels: channels, latent: latent, hidden: hidden, shared: linear(hidden, latent),
            gamma: linear(total, hidden), beta: linear(total, hidden))
        let codes = (0..<size.batch).map { _ in noise.values(latent) }
        let second = Size(batch: size.batch, height: size.height, width: size.width, channels: 6)
        let (fast, slow) = both { context -> [Float] in
            let style = context.styles([norm, norm], context.rows(codes))[1]
            let first = context.adaptiveNorm(moments(context, size, seed: 1), style)
            let offset = paddedChannels(size.channels)
            let other = context.adaptiveNorm(moments(context, second, seed: 2), style, offset: offset)
            return values(first, batch: size.batch) + values(other, batch: size.batch)
        }
        #expect(relativeDifference(fast, slow) < 1e-5)
    }

    @Test(arguments: Size.all) func otherNormsAgree(size: Size) {
        var noise = Noise(6)
        let instance = InstanceNorm(weight: noise.values(size.channels), bias: noise.values(size.channels))
        let styles = (0..<size.batch).map { _ in noise.values(3 + 2 * size.channels) }
        let layer = LayerNorm(
            channels: [size.channels, 5], weight: noise.values(size.channels + 5), bias: noise.values(size.channels + 5)
        )
        let alone = LayerNorm(
            channels: [size.channels], weight: noise.values(size.channels), bias: noise.values(size.channels))
        let second = Size(batch: size.batch, height: size.height, width: size.width, channels: 5)
        let (fast, slow) = both { context -> [[Float]] in
            let first = moments(context, size, seed: 3)
            let joined = context.layerNorm(first, moments(context, second, seed: 4), layer, batch: size.batch)
            return [
                values(context.instanceNorm(first, instance, batch: size.batch), batch: size.batch),
                values(
                    context.instanceNorm(
                        first, context.rows(styles), at: 3, channels: size.channels, epsilon: 1e-4), batch: size.batch),
                values(context.layerNorm(first, alone, batch: size.batch), batch: size.batch),
                values(joined.first, batch: size.batch), values(joined.second, batch: size.batch),
            ]
        }
        for (fast, slow) in zip(fast, slow) { #expect(relativeDifference(fast, slow) < 1e-5) }
    }

    @Test(arguments: Size.all, [(9, 14), (4, 3), (32, 32)]) func positionsAgree(size: Size, to: (Int, Int)) {
        for padding in [GridPadding.border, .zeros] {
            let (fast, slow) = both { context -> [Float] in
                let flow = context.noise(7, batch: size.batch, height: size.height, width: size.width, channels: 2)
                for picture in 0..<size.batch {
                    for place in 0..<(flow.pixels * flow.depth) { flow.pictures[picture][place] *= 4 }
                }
                let found = context.positions(flow, height: to.0, width: to.1, padding: padding)
                return (0..<(size.batch * to.0 * to.1 * 2)).map { found.places[$0] }
            }
            #expect(relativeDifference(fast, slow) < 1e-5)
        }
    }

    @Test(arguments: Size.all) func keyPointsAgree(size: Size) {
        let (fast, slow) = both { context -> [Float] in
            let maps = context.noise(8, batch: size.batch, height: size.height, width: size.width, channels: 15)
            return context.keyPoints(maps, points: 3, temperature: 0.1).flatMap(\.self)
        }
        #expect(relativeDifference(fast, slow) < 1e-5)
    }

    @Test(arguments: Size.all, [false, true]) func denseMotionsAgree(size: Size, alignsCorners: Bool) {
        var noise = Noise(9)
        func points() -> [Float] {
            (0..<2).flatMap { _ in
                [
                    noise.next(), noise.next(), 1 + noise.next() / 4, noise.next() / 4, noise.next() / 4,
                    1 + noise.next() / 4,
                ]
            }
        }
        let sources = (0..<size.batch).map { _ in points() }
        let sparse = sources.map { SparseMotions(source: $0, driving: points()) }
        let (fast, slow) = both { context -> [[Float]] in
            let bumps = sources.map { context.bumps($0, height: size.height, width: size.width) }
            let pictures = context.noise(10, batch: size.batch, height: size.height, width: size.width, channels: 3)
            let heads = context.noise(11, batch: size.batch, height: size.height, width: size.width, channels: 4)
            let motion = context.blendMotions(heads, sparse)
            let features = context.noise(
                12, batch: size.batch, height: size.height + 2, width: 2 * size.width, channels: size.channels)
            return [
                bumps.flatMap(\.self),
                values(context.sparseMotionInput(pictures, bumps: bumps, sparse, alignsCorners: alignsCorners)),
                values(motion), values(context.warped(features, by: motion, alignsCorners: alignsCorners)),
            ]
        }
        for (fast, slow) in zip(fast, slow) { #expect(relativeDifference(fast, slow) < 3e-5) }
    }

    @Test(arguments: Size.all) func poolingAgrees(size: Size) {
        let (fast, slow) = both { context in
            values(
                context.reluMaxPool(
                    context.noise(
                        13, batch: size.batch, height: size.height, width: size.width, channels: size.channels)))
        }
        #expect(fast == slow)
    }
}
