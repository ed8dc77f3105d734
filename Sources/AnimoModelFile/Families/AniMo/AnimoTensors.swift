import AnimoMotion

/// The names and shapes of the tensors of AniMo and the PIRenderers, written down once: the model file's check, the
/// converter and tests all read this list.
package enum AnimoTensors {
    /// Names and shapes of tensors.
    package typealias Shapes = TensorShapes

    /// The network that turns a motion into a latent code; all domains share it.
    ///
    /// - Parameter window: how many frames it reads; more than one are read by convolutions over time, 7 frames wide
    ///   and then 3.
    package static func motion(_ widths: AnimoWidths, window: Int = 1) -> Shapes {
        var shapes: Shapes = [:]
        shapes.add(linear: "motion.first.0", from: widths.coefficients, to: widths.latent)
        for layer in 0..<3 { shapes.add(linear: "motion.encoder\(layer).1", from: widths.latent, to: widths.latent) }
        if window > 1 {
            shapes["motion.first.0.weight"]?.append(7)
            for layer in 0..<3 { shapes["motion.encoder\(layer).1.weight"]?.append(3) }
        }
        return shapes
    }

    /// The hourglass from a picture and a latent code to a flow at a quarter of the size.
    package static func warping(_ widths: AnimoWidths, _ domain: Domain) -> Shapes {
        var shapes: Shapes = [:]
        let root = "\(domain.rawValue).warping"
        let encoder = "\(root).hourglass.encoder"
        shapes.add(convolution: "\(encoder).input_layer", from: 3, to: widths.warping(0), side: 7)
        for level in 0..<5 {
            let (before, after) = (widths.warping(level), widths.warping(level + 1))
            let block = "\(encoder).encoder\(level)"
            shapes.add(convolution: "\(block).conv_0", from: before, to: after, side: 4)
            shapes.add(convolution: "\(block).conv_1", from: after, to: after, side: 3)
            add(norm: "\(block).norm_0", channels: before, widths, to: &shapes)
            add(norm: "\(block).norm_1", channels: after, widths, to: &shapes)
        }
        var before = widths.warping(5)
        for level in [4, 3, 2] {
            let after = widths.warping(level)
            let block = "\(root).hourglass.decoder.decoder\(level)"
            shapes.add(convolution: "\(block).conv_0", from: before, to: after, side: 3)
            add(transposed: "\(block).conv_1", from: after, to: after, side: 3, to: &shapes)
            add(transposed: "\(block).conv_s", from: before, to: after, side: 3, to: &shapes)
            add(norm: "\(block).norm_0", channels: before, widths, to: &shapes)
            add(norm: "\(block).norm_1", channels: after, widths, to: &shapes)
            add(norm: "\(block).norm_s", channels: before, widths, to: &shapes)
            before = 2 * after
        }
        add(layerNorm: "\(root).flow_out.0", channels: before, to: &shapes)
        shapes.add(convolution: "\(root).flow_out.2", from: before, to: 2, side: 7)
        return shapes
    }

    /// The network that renders the picture; only the half of its residual blocks that is computed.
    ///
    /// - Parameter pictures: how many pictures its encoder reads at once.
    package static func editing(_ widths: AnimoWidths, _ domain: Domain, pictures: Int = 1) -> Shapes {
        var shapes: Shapes = [:]
        let root = "\(domain.rawValue).editing"
        func block(_ name: String, _ from: Int, _ to: Int, side: Int) {
            shapes.add(convolution: "\(root).\(name).model.0", from: from, to: to, side: side)
            add(layerNorm: "\(root).\(name).model.1", channels: to, to: &shapes)
        }
        block("encoder.first", 3 * pictures, widths.editing(0), side: 7)
        for level in 0..<3 { block("encoder.down\(level)", widths.editing(level), widths.editing(level + 1), side: 3) }
        for level in [2, 1, 0] {
            let (before, after) = (widths.editing(level + 1), widths.editing(level))
            for index in 0..<2 {
                let residual = "\(root).decoder.res\(level).res\(index)"
                shapes.add(convolution: "\(residual).conv2", from: before, to: before, side: 3)
                add(norm: "\(residual).norm2", channels: before, widths, to: &shapes)
            }
            block("decoder.up\(level)", before, after, side: 3)
            block("decoder.jump\(level)", after, after, side: 3)
        }
        shapes.add(convolution: "\(root).decoder.final.model.0", from: widths.editing(0), to: 3, side: 7)
        return shapes
    }

    /// Returns whether `name` belongs to the half of the residual blocks whose result the published code throws away.
    package static func isDead(_ name: String) -> Bool {
        name.contains(".decoder.res") && (name.contains(".conv1.") || name.contains(".norm1."))
    }

    private static func add(transposed name: String, from: Int, to: Int, side: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [from, to, side, side]
        shapes["\(name).bias"] = [to]
    }

    private static func add(layerNorm name: String, channels: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [channels, 1, 1]
        shapes["\(name).bias"] = [channels, 1, 1]
    }

    private static func add(norm name: String, channels: Int, _ widths: AnimoWidths, to shapes: inout Shapes) {
        shapes.add(linear: "\(name).mlp_shared.0", from: widths.latent, to: widths.style)
        shapes.add(linear: "\(name).mlp_gamma", from: widths.style, to: channels)
        shapes.add(linear: "\(name).mlp_beta", from: widths.style, to: channels)
    }
}

extension AnimoTensors {
    /// Tensors that a model of warping and editing networks must have.
    package static func requirement(
        _ shapes: Shapes, _ domains: [Domain], coefficients: Int, window: Int = 1, pictures: Int = 1
    ) -> TensorRequirement {
        let shown = AnimoWidths(shapes: shapes)
        var widths = shown ?? .published
        widths.coefficients = coefficients
        var tensors = motion(widths, window: window)
        for domain in domains {
            tensors.merge(warping(widths, domain)) { first, _ in first }
            tensors.merge(editing(widths, domain, pictures: pictures)) { first, _ in first }
        }
        return TensorRequirement(
            tensors: tensors, widths: widths.fields, isSized: shown != nil)
    }
}

extension FamilyRow {
    /// The row of AniMo.
    package static let animo = FamilyRow(
        family: .animo, title: "an AniMo", shared: ["motion."], networks: ["warping.", "editing."],
        domains: Domain.allCases, hasManyDomains: true, facts: ModelFacts(),
        publication: Publication(
            copies: ["state_dict.", ""],
            networks: { _ in
                [
                    ("mapping_net.", "motion."),
                    ("warpping_netA.", "anime.warping."), ("editing_netA.", "anime.editing."),
                    ("warpping_netV.", "vox.warping."), ("editing_netV.", "vox.editing."),
                ]
            },
            signs: [
                "warpping_netA.", "editing_netA.", "warpping_netV.", "editing_netV.", "anime.warping.",
                "anime.editing.", "vox.warping.", "vox.editing.",
            ], isUnused: AnimoTensors.isDead),
        requirement: { AnimoTensors.requirement($0, $1, coefficients: Motion.count) },
        drivers: FamilyRow.motionDrivers)
}
