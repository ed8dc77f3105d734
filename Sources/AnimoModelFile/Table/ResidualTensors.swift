/// The names and shapes of a residual network with torchvision's names, from its stem to its last stage.
package struct ResidualTensors: Sendable, Equatable {
    /// Channels after the first convolution; doubled with each of the four stages.
    package var base: Int
    /// Blocks of each stage.
    package var blocks: [Int]
    /// Indicates whether blocks are of three convolutions, the last one four times as wide.
    package var isBottleneck: Bool

    /// Creates the layout of a residual backbone.
    package init(base: Int, blocks: [Int], isBottleneck: Bool) {
        self.base = base
        self.blocks = blocks
        self.isBottleneck = isBottleneck
    }

    /// ResNet-50 of a width that the shapes under `prefix` show.
    package static func resNet50(_ shapes: TensorShapes, under prefix: String) -> ResidualTensors? {
        guard let base = shapes.width("\(prefix).conv1.weight", axis: 0, rank: 4), base <= 1024 else { return nil }
        return resNet50(base: base)
    }

    /// ResNet-50 (He et al. 2016), `base` channels wide at its stem.
    package static func resNet50(base: Int) -> ResidualTensors {
        ResidualTensors(base: base, blocks: [3, 4, 6, 3], isBottleneck: true)
    }

    /// Channels after the last stage.
    package var outputs: Int { (base << 3) * (isBottleneck ? 4 : 1) }

    /// Names and shapes below a prefix.
    package func shapes(under prefix: String) -> TensorShapes {
        var shapes: TensorShapes = [:]
        func add(_ convolution: String, _ norm: String, from: Int, to: Int, side: Int) {
            shapes.add(convolution: "\(prefix).\(convolution)", from: from, to: to, side: side, hasBias: false)
            shapes.add(batchNorm: "\(prefix).\(norm)", channels: to)
        }
        add("conv1", "bn1", from: 3, to: base, side: 7)
        var channels = base
        for (stage, count) in blocks.enumerated() {
            let inner = base << stage
            let after = isBottleneck ? 4 * inner : inner
            for index in 0..<count {
                let block = "layer\(stage + 1).\(index)"
                let sides = isBottleneck ? [1, 3, 1] : [3, 3]
                var before = channels
                for (place, side) in sides.enumerated() {
                    let to = place == sides.count - 1 ? after : inner
                    add("\(block).conv\(place + 1)", "\(block).bn\(place + 1)", from: before, to: to, side: side)
                    before = to
                }
                if channels != after {
                    add("\(block).downsample.0", "\(block).downsample.1", from: channels, to: after, side: 1)
                }
                channels = after
            }
        }
        return shapes
    }
}
