import AnimoMotion

extension PartRow {
    /// DECA's coarse encoder, which its checkpoint calls `E_flame`.
    package static let deca = PartRow(
        name: "deca", prefix: "vox.deca.",
        publication: Publication(
            copies: ["vox.deca.", "E_flame.", ""], networks: { _ in [("", "vox.deca.")] },
            signs: ["encoder.layer1.", "layers.2."]),
        requirement: { shapes in
            let shown = ResidualTensors.resNet50(shapes, under: "vox.deca.encoder")
            let network = shown ?? .resNet50(base: 64)
            let hidden = shapes.width("vox.deca.layers.0.weight", axis: 0, rank: 2)
            var tensors = network.shapes(under: "vox.deca.encoder")
            tensors.add(linear: "vox.deca.layers.0", from: network.outputs, to: hidden ?? 1024)
            tensors.add(linear: "vox.deca.layers.2", from: hidden ?? 1024, to: FlameCode.parameterCount)
            return TensorRequirement(tensors: tensors, widths: [], isSized: shown != nil && hidden != nil)
        })
}
