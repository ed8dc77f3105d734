/// The names and shapes of an estimator: a slim residual network with torchvision's names, a picture to a motion.
enum EstimatorTensors {
    /// How wide and deep an estimator is, read off its tensors.
    struct Widths: Sendable, Equatable {
        /// Channels after the first convolution; doubled with each of the four stages.
        var base: Int
        /// Basic blocks of each stage.
        var blocks: [Int]
    }

    /// The widths that the shapes under `prefix` (such as `anime.estimator`) show.
    static func widths(_ shapes: TensorShapes, under prefix: String) -> Widths? {
        guard let first = shapes["\(prefix).conv1.weight"], first.count == 4, (1...1024).contains(first[0]) else {
            return nil
        }
        let blocks = (1...4).map { stage in shapes.count { "\(prefix).layer\(stage).\($0).conv1.weight" } }
        return Widths(base: first[0], blocks: blocks.map { max($0, 1) })
    }

    static func shapes(_ widths: Widths, under prefix: String, coefficients: Int) -> TensorShapes {
        var shapes: TensorShapes = [:]
        func add(convolution: String, norm: String, from: Int, to: Int, side: Int) {
            shapes.add(convolution: "\(prefix).\(convolution)", from: from, to: to, side: side, hasBias: false)
            shapes.add(batchNorm: "\(prefix).\(norm)", channels: to)
        }
        add(convolution: "conv1", norm: "bn1", from: 3, to: widths.base, side: 7)
        var channels = widths.base
        for (stage, blocks) in widths.blocks.enumerated() {
            let after = widths.base << stage
            for index in 0..<blocks {
                let block = "layer\(stage + 1).\(index)"
                add(convolution: "\(block).conv1", norm: "\(block).bn1", from: channels, to: after, side: 3)
                add(convolution: "\(block).conv2", norm: "\(block).bn2", from: after, to: after, side: 3)
                if channels != after {
                    let shortcut = "\(block).downsample"
                    add(convolution: "\(shortcut).0", norm: "\(shortcut).1", from: channels, to: after, side: 1)
                }
                channels = after
            }
        }
        shapes.add(linear: "\(prefix).fc", from: channels, to: coefficients)
        return shapes
    }
}

extension PartRow {
    /// The slim network that reads a domain's frames as motions.
    static func estimator(_ domain: Domain) -> PartRow {
        let name = "\(domain.rawValue).estimator"
        return PartRow(
            name: name, prefix: "\(name).",
            publication: Publication(
                copies: ["\(name).", "state_dict.", ""], networks: { _ in [("", "\(name).")] },
                signs: ["conv1.weight", "layer1.0.conv1.weight", "fc.weight"]),
            requirement: { shapes in
                let shown = EstimatorTensors.widths(shapes, under: name)
                return TensorRequirement(
                    tensors: EstimatorTensors.shapes(
                        shown ?? .init(base: 64, blocks: [2, 2, 2, 2]), under: name, coefficients: Motion.count),
                    widths: [], isSized: shown != nil)
            })
    }
}
