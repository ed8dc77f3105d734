import AnimoCompute

/// Detector of faces: BlazeFace, short range (Bazarevsky et al. 2019), (128, 128, 3) in −1…1 → a score and 16 numbers
/// for each of 896 anchors.
///
/// Sixteen separable blocks; those numbered 2, 5 and 11 halve. Boxes are read off the map before the last halving,
/// 16×16 with two anchors a cell, and off the last, 8×8 with six.
final class FaceDetector: Sendable {
    /// Height and width of what it reads.
    static let side = 128
    /// 16×16 cells of two anchors and 8×8 of six.
    static let anchors = 896
    /// Numbers of a row: middle, width and height of the box, then six points, in pixels of the input beyond the
    /// anchor's place.
    static let rowCount = 16
    private static let halvings: Set<Int> = [2, 5, 11]

    /// First convolution, 5×5 at stride 2; pictures are sampled straight into its input.
    let stem: StemConvolution
    private let blocks: [SeparableBlock]
    /// Heads over the map before the last halving, then over the last.
    private let heads: [(score: Convolution, boxes: Convolution)]

    /// - Parameter weights: below `face.detector`.
    init(_ weights: Weights) throws {
        stem = try StemConvolution(weights.scoped(to: "stem"), kernel: 5)
        blocks = try (0..<weights.count("blocks", having: "pointwise.weight")).map {
            try SeparableBlock(weights.scoped(to: "blocks.\($0)"), halves: Self.halvings.contains($0))
        }
        heads = try [(0, 16), (1, 8)].map { index, extent in
            let head = weights.scoped(to: "heads.\(index)")
            func convolution(_ name: String) throws -> Convolution {
                let shape = head.shape(of: "\(name).weight") ?? [0, 0, 1, 1]
                return try Convolution(
                    head.scoped(to: name), inputs: [shape[1]], outputs: shape[0], kernel: 1, extent: extent)
            }
            return (try convolution("score"), try convolution("boxes"))
        }
    }

    /// Raw outputs for one picture.
    struct Output: Sendable, Equatable {
        /// Logits, (896).
        var scores: [Float]
        /// (896, 16)
        var rows: [Float]
    }

    /// - Parameter observe: shown what comes out of the stem, then of each block.
    func outputs(
        _ context: ComputeContext, _ pictures: BorderedPictures, observe: (Tensor) -> Void = { _ in }
    ) -> [Output] {
        var x = context.stem(stem, pictures)
        observe(x)
        var maps: [Tensor] = []
        for (index, block) in blocks.enumerated() {
            let before = x
            x = context.separable(block, before)
            if index == 11 { maps.append(before) } else { context.release(before) }
            observe(x)
        }
        maps.append(x)
        let heads = zip(maps, heads).map { map, head in
            let input = ConvolutionInput(Operand(map))
            return (scores: context.convolve(head.score, input), boxes: context.convolve(head.boxes, input))
        }
        return (0..<pictures.batch).map { picture in
            Output(
                scores: heads.flatMap { $0.scores.values(picture) }, rows: heads.flatMap { $0.boxes.values(picture) })
        }
    }
}
