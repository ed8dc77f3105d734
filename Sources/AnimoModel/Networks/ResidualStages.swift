import AnimoCompute

/// Outputs of each stage of a network with a residual backbone for one frame, for comparison with goldens.
package struct ResidualStages: Sendable, Equatable {
    /// After the pooling, then after each of the four stages: (height, width, channels).
    package var maps: [[Float]]
    /// Each channel's mean over the last map.
    package var pooled: [Float]
    /// The network's output.
    package var output: [Float]
}

extension ResidualNetwork {
    /// - Parameter head: from the pooled features to what the network says.
    func stages(_ context: ComputeContext, _ frame: FloatImage, head: (Rows) -> Rows) -> ResidualStages {
        let picture = context.tensor([frame.pixels], height: frame.height, width: frame.width)
        var maps: [[Float]] = []
        let pooled = features(context, picture) { maps.append($0.values(0)) }
        return ResidualStages(maps: maps, pooled: pooled[0], output: head(pooled)[0])
    }
}
