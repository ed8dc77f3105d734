import AnimoCompute
import AnimoMotion

/// Everything of a source that no driver changes, computed once: the editing network's features at the size that is
/// rendered, and the warping network's first convolution with its statistics at the size the flow is found at.
package final class AniMoSource: PreparedHead {
    /// Domain of the source.
    package let domain: Domain
    /// Height that the motion is found at, in pixels.
    package let flowHeight: Int
    /// Width that the motion is found at, in pixels.
    package let flowWidth: Int
    /// Height in pixels.
    package let height: Int
    /// Width in pixels.
    package let width: Int
    /// Motion of the source's own head, where its domain has an estimator that read it.
    package let motion: Motion?
    /// Output of the warping network's first convolution, (flowHeight, flowWidth, 32).
    let first: StoredTensor
    /// Mean then variance of the channels of `first`.
    let moments: [Float]
    /// The editing network's features, the largest first: (height, width, 64) and three halvings of it.
    let features: [StoredTensor]
    /// The networks that prepared it; pictures of the same ones join a batch.
    let networks: DomainNetworks

    /// Copies the tensors out of the workspace, whose memory the next rendering uses again.
    init(
        domain: Domain, first: Measured, features: [Tensor], networks: DomainNetworks, motion: Motion? = nil
    ) {
        self.domain = domain
        self.networks = networks
        self.motion = motion
        flowHeight = first.tensor.height
        flowWidth = first.tensor.width
        height = features[0].height
        width = features[0].width
        self.first = StoredTensor(copying: first.tensor)
        moments = first.moments.values(0)
        self.features = features.map { StoredTensor(copying: $0) }
    }

    /// Translation of ``motion``; nil where that was not read.
    package var translation: SIMD3<Float>? { motion?.translation }

    /// Bytes of the stored tensors and the statistics.
    package var byteCount: Int {
        first.byteCount + features.reduce(0) { $0 + $1.byteCount } + moments.count * MemoryLayout<Float>.stride
    }

    /// Returns whether pictures of both can be rendered in one batch.
    func joins(_ other: AniMoSource) -> Bool {
        networks === other.networks && height == other.height && width == other.width
            && flowHeight == other.flowHeight && flowWidth == other.flowWidth
    }
}
