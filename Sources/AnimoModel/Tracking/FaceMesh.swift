import AnimoCompute

/// Landmarks of one face: Face Mesh V2 (Kartynnik et al. 2019; Grishchenko et al. 2020), (256, 256, 3) in 0…1 → 478
/// points, whether a face is there, and whether its tongue is out.
///
/// 34 separable blocks with a reduction, seven of which halve: those whose reduction is 2×2.
final class FaceMesh: Sendable {
    /// Height and width of what it reads.
    static let side = 256
    /// 468 points of the face, 10 of the irises.
    static let points = 478

    /// First convolution, 3×3 at stride 2; pictures are sampled straight into its input.
    let stem: StemConvolution
    private let blocks: [SeparableBlock]
    /// Points, presence and tongue as one.
    private let heads: Linear

    /// - Parameter weights: below `face.landmarks`.
    init(_ weights: Weights) throws {
        stem = try StemConvolution(weights.scoped(to: "stem"), kernel: 3)
        blocks = try (0..<weights.count("blocks", having: "expand.weight")).map { index in
            let block = weights.scoped(to: "blocks.\(index)")
            return try SeparableBlock(block, halves: block.shape(of: "reduce.weight")?.last == 2)
        }
        let names = ["points", "presence", "tongue"]
        var (values, bias): ([Float], [Float]) = ([], [])
        var inputs = 0
        for name in names {
            let head = weights.scoped(to: name)
            let shape = head.shape(of: "weight") ?? [0, 0, 1, 1]
            let (depth, taps) = (shape[1], shape[2] * shape[3])
            inputs = depth * taps
            let weight = try head.tensor("weight")
            // From (outputs, channels, taps) to (outputs, taps, channels), as tensors lie.
            for output in 0..<shape[0] {
                for tap in 0..<taps {
                    for channel in 0..<depth { values.append(weight[(output * depth + channel) * taps + tap]) }
                }
            }
            bias += try head.tensor("bias")
        }
        heads = Linear(
            inputs: inputs, outputs: bias.count, weights: values, bias: bias, isPlain: weights.style.isPlain)
    }

    /// Raw outputs for one picture.
    struct Output: Sendable, Equatable {
        /// (478, 3) in pixels of the input; z is nearer where it is less.
        var points: [Float]
        /// Logit of a face in the region.
        var presence: Float
        /// Logit of a tongue that is out.
        var tongue: Float
    }

    /// - Parameter observe: shown what comes out of the stem, then of each block.
    func outputs(
        _ context: ComputeContext, _ pictures: BorderedPictures, observe: (Tensor) -> Void = { _ in }
    ) -> [Output] {
        var x = context.stem(stem, pictures)
        observe(x)
        for block in blocks {
            let before = x
            x = context.separable(block, before)
            context.release(before)
            observe(x)
        }
        let rows = context.linear(heads, context.flattened(x))
        let count = Self.points * 3
        return (0..<pictures.batch).map { picture in
            let row = rows[picture]
            return Output(points: Array(row.prefix(count)), presence: row[count], tongue: row[count + 1])
        }
    }
}
