/// Widths and depth of a Latent Pose Descriptors generator, read off its tensors.
package struct LatentPoseWidths: Sendable, Equatable {
    /// Numbers of the identity (512 as published).
    package var identity: Int
    /// Numbers of a latent pose (256 as published).
    package var pose: Int
    /// Height and width of the constant (4 as published).
    package var start: Int
    /// Channels of the constant, then after every enlargement (512, 512, 512, 512, 256, 128, 64 as published).
    package var channels: [Int]
    /// Blocks before the first enlargement (2 as published).
    package var plainBlocks: Int

    /// The fine-tuned generators of 256×256.
    package static let published = LatentPoseWidths(
        identity: 512, pose: 256, start: 4, channels: [512, 512, 512, 512, 256, 128, 64], plainBlocks: 2)

    /// Number of the generator's blocks.
    package var blockCount: Int { plainBlocks + channels.count - 1 }
    /// Height and width of its pictures.
    package var side: Int { start << (channels.count - 1) }
    /// Channels of a block's input and output.
    package func inputs(_ block: Int) -> Int { channels[max(0, block - plainBlocks)] }
    /// Output channels of a block.
    package func outputs(_ block: Int) -> Int { channels[max(0, block - plainBlocks + 1)] }
    /// Scales and shifts of all norms: two before each block's convolutions, one before the head.
    package var styles: Int {
        2 * ((0..<blockCount).reduce(0) { $0 + inputs($1) + outputs($1) } + outputs(blockCount - 1))
    }
    /// Width of the layer between the joint code and the scales and shifts.
    package var hidden: Int { max(identity + pose, 512) }
}

extension LatentPoseWidths {
    /// The widths that shapes show, or nil where the tensors that tell are absent or of no possible shape.
    ///
    /// - Parameter prefix: what `generator` and `pose_encoder` lie below, such as `vox.`.
    package init?(_ shapes: [String: [Int]], under prefix: String) {
        func width(_ name: String, axis: Int, rank: Int) -> Int? {
            guard let shape = shapes[prefix + name], shape.count == rank, (1...4096).contains(shape[axis]) else {
                return nil
            }
            return shape[axis]
        }
        func block(_ index: Int, _ leaf: String) -> Int? {
            width("generator.decoder_blocks.\(index).block.\(leaf).weight_orig", axis: 0, rank: 4)
        }
        guard let identity = width("generator.identity_embedding", axis: 1, rank: 2),
            let pose = width("pose_encoder.classifier.1.weight", axis: 0, rank: 2),
            let start = width("generator.constant.constant", axis: 2, rank: 4), start <= 64,
            let first = width("generator.constant.constant", axis: 1, rank: 4)
        else { return nil }
        let plain = (0..<64).prefix { block($0, "3") != nil }.count
        let enlarging = (plain..<(plain + 9)).prefix { block($0, "4") != nil }.compactMap { block($0, "4") }
        guard enlarging.count < 9, start << enlarging.count <= 4096, plain + enlarging.count > 0 else { return nil }
        self.init(identity: identity, pose: pose, start: start, channels: [first] + enlarging, plainBlocks: plain)
    }
}
