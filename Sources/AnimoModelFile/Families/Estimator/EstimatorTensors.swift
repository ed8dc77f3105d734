import AnimoMotion

extension PartRow {
    /// The slim network that reads a domain's frames as motions, a residual one with a linear layer behind.
    package static func estimator(_ domain: Domain) -> PartRow {
        let name = "\(domain.rawValue).estimator"
        return PartRow(
            name: name, prefix: "\(name).",
            publication: Publication(
                copies: ["\(name).", "state_dict.", ""], networks: { _ in [("", "\(name).")] },
                signs: ["conv1.weight", "layer1.0.conv1.weight", "fc.weight"]),
            requirement: { shapes in
                let shown = slimNetwork(shapes, under: name)
                let network = shown ?? ResidualTensors(base: 64, blocks: [2, 2, 2, 2], isBottleneck: false)
                var tensors = network.shapes(under: name)
                tensors.add(linear: "\(name).fc", from: network.outputs, to: Motion.count)
                return TensorRequirement(tensors: tensors, widths: [], isSized: shown != nil)
            })
    }

    /// Returns the widths and depths of an estimator, read off its tensors.
    private static func slimNetwork(_ shapes: TensorShapes, under prefix: String) -> ResidualTensors? {
        guard let base = shapes.width("\(prefix).conv1.weight", axis: 0, rank: 4), base <= 1024 else { return nil }
        let blocks = (1...4).map { stage in shapes.count { "\(prefix).layer\(stage).\($0).conv1.weight" } }
        return ResidualTensors(base: base, blocks: blocks.map { max($0, 1) }, isBottleneck: false)
    }
}
