import AnimoMotion

extension PartRow {
    /// The perceptron of EDTN, published as a bare state dictionary.
    package static let edtn = PartRow(
        name: "edtn", prefix: "edtn.",
        publication: Publication(
            copies: ["edtn.", ""], networks: { _ in [("", "edtn.")] }, signs: ["main.0.weight", "main.6.weight"]),
        requirement: { shapes in
            let shown = shapes.width("edtn.main.0.weight", axis: 0, rank: 2)
            let width = shown ?? 512
            var tensors: TensorShapes = [:]
            var inputs = FlameCode.faceCount
            for (layer, outputs) in zip([0, 2, 4, 6], [width, width, width, Pose.morphs]) {
                tensors.add(linear: "edtn.main.\(layer)", from: inputs, to: outputs)
                inputs = outputs
            }
            return TensorRequirement(tensors: tensors, widths: [], isSized: shown != nil)
        })
}
