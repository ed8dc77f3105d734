import AnimoMotion

/// Widths and depths of a first order motion model, read off its tensors.
package struct FirstOrderWidths: Sendable, Equatable {
    /// An hourglass: channels after its last enlargement, the most anywhere, and how often it halves.
    package struct Hourglass: Sendable, Equatable {
        /// Channels of the first convolution.
        package var base: Int
        /// Largest number of channels.
        var limit: Int
        /// Number of down-sampling blocks.
        package var levels: Int

        /// Channels after `level` halvings.
        package func channels(_ level: Int) -> Int { min(base << level, limit) }
    }

    /// Key points (10 as published).
    package var points: Int
    /// Hourglass of the key point detector.
    package var keypoints: Hourglass
    /// Hourglass of the dense motion network.
    package var dense: Hourglass
    /// The generator's: how often its encoder halves the picture.
    package var generator: Hourglass
    /// Residual blocks between the generator's encoder and decoder.
    package var blocks: Int

    /// vox-256 and vox-adv-256.
    package static let published = FirstOrderWidths(
        points: 10, keypoints: Hourglass(base: 32, limit: 1024, levels: 5),
        dense: Hourglass(base: 64, limit: 1024, levels: 5), generator: Hourglass(base: 64, limit: 512, levels: 2),
        blocks: 6)
}

extension FirstOrderWidths {
    /// The widths that the shapes below `domain` show, or nil where the tensors that tell are absent or of no possible
    /// shape.
    package init?(_ shapes: TensorShapes, _ domain: Domain) {
        func hourglass(_ path: String) -> Hourglass? {
            let levels = shapes.count { "\(path).encoder.down_blocks.\($0).conv.weight" }
            guard (1...5).contains(levels),
                let base = shapes.width(
                    "\(path).decoder.up_blocks.\(levels - 1).conv.weight", axis: 0, rank: 4),
                let limit = shapes.width(
                    "\(path).encoder.down_blocks.\(levels - 1).conv.weight", axis: 0, rank: 4)
            else { return nil }
            return Hourglass(base: base, limit: limit, levels: levels)
        }
        let (detector, generator) = ("\(domain.rawValue).keypoints", "\(domain.rawValue).generator")
        let levels = shapes.count { "\(generator).down_blocks.\($0).conv.weight" }
        guard let points = shapes.width("\(detector).kp.weight", axis: 0, rank: 4), (3...64).contains(points),
            let keypoints = hourglass("\(detector).predictor"),
            let dense = hourglass("\(generator).dense_motion_network.hourglass"),
            let base = shapes.width("\(generator).first.conv.weight", axis: 0, rank: 4), (1...5).contains(levels),
            let limit = shapes.width("\(generator).down_blocks.\(levels - 1).conv.weight", axis: 0, rank: 4)
        else { return nil }
        self.init(
            points: points, keypoints: keypoints, dense: dense,
            generator: Hourglass(base: base, limit: limit, levels: levels),
            blocks: shapes.count { "\(generator).bottleneck.r\($0).conv1.weight" })
    }

    /// The widths by the names of the metadata.
    package var fields: [NetworkWidth] {
        [
            NetworkWidth(name: "points", value: points),
            NetworkWidth(name: "keypoints_base", value: keypoints.base),
            NetworkWidth(name: "keypoints_mx", value: keypoints.limit),
            NetworkWidth(name: "dense_base", value: dense.base), NetworkWidth(name: "dense_mx", value: dense.limit),
            NetworkWidth(name: "generator_base", value: generator.base),
            NetworkWidth(name: "generator_mx", value: generator.limit),
            NetworkWidth(name: "generator_blocks", value: blocks),
        ]
    }
}
