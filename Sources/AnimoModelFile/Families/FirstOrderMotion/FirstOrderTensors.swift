import AnimoMotion

/// The names and shapes of a first order motion model's tensors; batch norms as published, folded when it is loaded.
package enum FirstOrderTensors {
    /// Tensors of the key point detector of a domain.
    package static func keypoints(_ widths: FirstOrderWidths, _ domain: Domain) -> TensorShapes {
        let root = "\(domain.rawValue).keypoints"
        var shapes: TensorShapes = [:]
        add(hourglass: "\(root).predictor", inputs: 3, widths.keypoints, to: &shapes)
        let depth = widths.keypoints.base + 3
        shapes.add(convolution: "\(root).kp", from: depth, to: widths.points, side: 7)
        shapes.add(convolution: "\(root).jacobian", from: depth, to: 4 * widths.points, side: 7)
        shapes["\(root).down.weight"] = [3, 1, 13, 13]
        return shapes
    }

    /// Tensors of the generator and its dense motion network of a domain.
    package static func generator(_ widths: FirstOrderWidths, _ domain: Domain) -> TensorShapes {
        let root = "\(domain.rawValue).generator"
        var shapes: TensorShapes = [:]
        let dense = "\(root).dense_motion_network"
        let inputs = 4 * (widths.points + 1)
        add(hourglass: "\(dense).hourglass", inputs: inputs, widths.dense, to: &shapes)
        shapes.add(convolution: "\(dense).mask", from: widths.dense.base + inputs, to: widths.points + 1, side: 7)
        shapes.add(convolution: "\(dense).occlusion", from: widths.dense.base + inputs, to: 1, side: 7)
        shapes["\(dense).down.weight"] = [3, 1, 13, 13]
        let own = widths.generator
        add(block: "\(root).first", from: 3, to: own.base, side: 7, to: &shapes)
        for level in 0..<own.levels {
            let (outer, inner) = (own.channels(level), own.channels(level + 1))
            add(block: "\(root).down_blocks.\(level)", from: outer, to: inner, to: &shapes)
            add(block: "\(root).up_blocks.\(own.levels - 1 - level)", from: inner, to: outer, to: &shapes)
        }
        let deepest = own.channels(own.levels)
        for index in 0..<widths.blocks {
            for half in 1...2 {
                let block = "\(root).bottleneck.r\(index)"
                shapes.add(convolution: "\(block).conv\(half)", from: deepest, to: deepest, side: 3)
                shapes.add(batchNorm: "\(block).norm\(half)", channels: deepest)
            }
        }
        shapes.add(convolution: "\(root).final", from: own.base, to: 3, side: 7)
        return shapes
    }

    /// Each halving's input is joined to the enlargement that comes back to its size.
    private static func add(
        hourglass name: String, inputs: Int, _ widths: FirstOrderWidths.Hourglass, to shapes: inout TensorShapes
    ) {
        for level in 0..<widths.levels {
            let (outer, inner) = (widths.channels(level), widths.channels(level + 1))
            add(
                block: "\(name).encoder.down_blocks.\(level)", from: level == 0 ? inputs : outer, to: inner,
                to: &shapes)
            let isDeepest = level == widths.levels - 1
            add(
                block: "\(name).decoder.up_blocks.\(widths.levels - 1 - level)", from: isDeepest ? inner : 2 * inner,
                to: outer, to: &shapes)
        }
    }

    private static func add(
        block name: String, from: Int, to: Int, side: Int = 3, to shapes: inout TensorShapes
    ) {
        shapes.add(convolution: "\(name).conv", from: from, to: to, side: side)
        shapes.add(batchNorm: "\(name).norm", channels: to)
    }
}

extension FamilyRow {
    /// The row of the first order motion model.
    package static let firstOrderMotion = FamilyRow(
        family: .firstOrderMotion, title: "a first order motion model", shared: [],
        networks: ["keypoints.", "generator."], domains: [.vox, .anime],
        facts: ModelFacts(gridPadding: .zeros), free: [.alignsCorners], sizeStep: 128,
        publication: Publication(
            copies: ["state_dict.", ""],
            networks: { domain in
                [
                    ("generator.", "\(domain.rawValue).generator."), ("kp_detector.", "\(domain.rawValue).keypoints."),
                ]
            }, signs: ["generator.dense_motion_network.", "kp_detector."]),
        requirement: { shapes, domains in
            let domain = domains.first ?? .vox
            let shown = FirstOrderWidths(shapes, domain)
            let widths = shown ?? .published
            return TensorRequirement(
                tensors: FirstOrderTensors.keypoints(widths, domain)
                    .merging(FirstOrderTensors.generator(widths, domain)) { first, _ in first },
                widths: widths.fields, isSized: shown != nil)
        },
        drivers: { _, _ in ["frames of its domain", "key points"] })
}
