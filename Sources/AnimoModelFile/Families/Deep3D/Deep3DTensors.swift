import AnimoMotion

extension PartRow {
    /// Deep3DFaceRecon as the PyTorch port publishes it.
    package static let deep3D = PartRow(
        name: "deep3d", prefix: "vox.deep3d.",
        publication: Publication(
            copies: ["vox.deep3d.", "net_recon.", ""], networks: { _ in [("", "vox.deep3d.")] },
            signs: ["backbone.layer1.", "final_layers."]),
        requirement: { shapes in
            let backbone = "vox.deep3d.backbone"
            let shown = ResidualTensors.resNet50(shapes, under: backbone)
            let network = shown ?? .resNet50(base: 64)
            var tensors = network.shapes(under: backbone)
            for (index, numbers) in FaceCoefficients.heads.enumerated() {
                tensors.add(
                    convolution: "vox.deep3d.final_layers.\(index)", from: network.outputs, to: numbers, side: 1)
            }
            return TensorRequirement(tensors: tensors, widths: [], isSized: shown != nil)
        })
}
