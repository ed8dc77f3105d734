import AnimoMotion

/// The names and shapes of Latent Pose Descriptors' tensors: batch norms and spectral norms as published, folded when
/// they are loaded.
package enum LatentPoseTensors {
    /// - Parameter root: what the generator lies below, such as `vox.generator`.
    package static func generator(_ widths: LatentPoseWidths, under root: String) -> TensorShapes {
        var shapes: TensorShapes = [
            "\(root).constant.constant": [1, widths.channels[0], widths.start, widths.start],
            "\(root).identity_embedding": [1, widths.identity],
        ]
        func add(_ name: String, _ shape: [Int], hasBias: Bool = true) {
            shapes["\(root).\(name).weight_orig"] = shape
            shapes["\(root).\(name).weight_u"] = [shape[0]]
            shapes["\(root).\(name).weight_v"] = [shape.dropFirst().reduce(1, *)]
            if hasBias { shapes["\(root).\(name).bias"] = [shape[0]] }
        }
        add("affine_params_projector.0", [widths.hidden, widths.identity + widths.pose])
        add("affine_params_projector.2", [widths.styles, widths.hidden])
        for index in 0..<widths.blockCount {
            let (inputs, outputs) = (widths.inputs(index), widths.outputs(index))
            let isEnlarging = index >= widths.plainBlocks
            let block = "decoder_blocks.\(index)"
            add("\(block).block.\(isEnlarging ? 4 : 3)", [outputs, inputs, 3, 3], hasBias: false)
            add("\(block).block.\(isEnlarging ? 8 : 7)", [outputs, outputs, 3, 3], hasBias: false)
            if isEnlarging { add("\(block).skip.1", [outputs, inputs, 1, 1]) }
        }
        add("decoder_blocks.\(widths.blockCount + 2)", [4, widths.outputs(widths.blockCount - 1), 3, 3])
        return shapes
    }

    /// MobileNetV2, whose every width is read off the shapes; absent ones as published.
    ///
    /// - Parameter root: what the encoder lies below, such as `vox.pose_encoder`.
    package static func encoder(_ shapes: TensorShapes, pose: Int, under root: String) -> TensorShapes {
        var expected: TensorShapes = [:]
        func add(_ convolution: String, _ norm: String, from: Int, to: Int, side: Int = 1) {
            expected.add(convolution: "\(root).\(convolution)", from: from, to: to, side: side, hasBias: false)
            expected.add(batchNorm: "\(root).\(norm)", channels: to)
        }
        func width(_ name: String, _ published: Int) -> Int {
            shapes.width("\(root).\(name).weight", axis: 0, rank: 4) ?? published
        }
        var channels = width("features.0.0", 32)
        add("features.0.0", "features.0.1", from: 3, to: channels, side: 3)
        for (index, expansion) in PoseEncoderLayout.expansions.enumerated() {
            let block = "features.\(index + 1).conv"
            let first = expansion == 1 ? 0 : 1
            let hidden = expansion * channels
            if first == 1 { add("\(block).0.0", "\(block).0.1", from: channels, to: hidden) }
            add("\(block).\(first).0", "\(block).\(first).1", from: 1, to: hidden, side: 3)
            channels = width("\(block).\(first + 1)", published[index])
            add("\(block).\(first + 1)", "\(block).\(first + 2)", from: hidden, to: channels)
        }
        let last = "features.\(PoseEncoderLayout.last)"
        let wide = width("\(last).0", 1280)
        add("\(last).0", "\(last).1", from: channels, to: wide)
        expected.add(linear: "\(root).classifier.1", from: wide, to: pose)
        return expected
    }

    /// Channels after each of the published blocks.
    private static let published: [Int] = zip([16, 24, 32, 64, 96, 160, 320], PoseEncoderLayout.table).flatMap {
        [Int](repeating: $0, count: $1.count)
    }
}

extension FamilyRow {
    /// Latent Pose Descriptors fine-tuned to one head. The running averages are what its authors render with.
    package static let latentPose = FamilyRow(
        family: .latentPose, title: "a fine-tuned Latent Pose Descriptors model", shared: [],
        networks: ["pose_encoder.", "generator."], domains: [.vox], facts: ModelFacts(),
        publication: Publication(
            copies: ["running_averages.", ""],
            networks: { domain in
                [
                    ("generator.", "\(domain.rawValue).generator."),
                    ("embedder.pose_encoder.", "\(domain.rawValue).pose_encoder."),
                ]
            }, signs: ["generator.affine_params_projector.", "embedder.pose_encoder."]),
        side: { shapes, domains in LatentPoseWidths(shapes, under: "\((domains.first ?? .vox).rawValue).")?.side },
        requirement: { shapes, domains in
            let domain = domains.first ?? .vox
            let shown = LatentPoseWidths(shapes, under: "\(domain.rawValue).")
            let widths = shown ?? .published
            return TensorRequirement(
                tensors: LatentPoseTensors.generator(widths, under: "\(domain.rawValue).generator")
                    .merging(
                        LatentPoseTensors.encoder(
                            shapes, pose: widths.pose, under: "\(domain.rawValue).pose_encoder")
                    ) { first, _ in first },
                widths: widths.fields, isSized: shown != nil)
        },
        drivers: { _, _ in ["vox frames", "latent poses"] })
}

extension LatentPoseWidths {
    /// The widths by the names of the metadata.
    package var fields: [NetworkWidth] {
        [
            NetworkWidth(name: "identity", value: identity), NetworkWidth(name: "pose", value: pose),
            NetworkWidth(name: "base", value: channels.last ?? 0), NetworkWidth(name: "mx", value: channels[0]),
            NetworkWidth(name: "start", value: start), NetworkWidth(name: "plain_blocks", value: plainBlocks),
            NetworkWidth(name: "side", value: side),
        ]
    }
}
