import AnimoCompute
import AnimoMotion

/// Everything of a source that no driver changes, computed once: the picture in the networks' own numbers, its half of
/// the editing network's first convolution, and the warping network's first convolution with its statistics.
package final class PIRendererSource: PreparedHead {
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
    /// Motion of the source's own head, where it was read.
    package let motion: Motion?
    /// Place of the source's own head, as `trans_params` say it: scale, t0, t1.
    package let placement: SIMD3<Float>?
    /// Translation of ``motion``; nil where that was not read.
    package var translation: SIMD3<Float>? { motion?.translation }
    /// Output of the warping network's first convolution, (flowHeight, flowWidth, 32).
    let first: StoredTensor
    /// Mean then variance of the channels of `first`.
    let moments: [Float]
    /// The picture in the networks' range, (height, width, 3).
    let picture: StoredTensor
    /// The source's half of the editing network's first convolution, (height, width, 64).
    let sourceHalf: StoredTensor
    /// The networks that prepared it; pictures of the same ones join a batch.
    let networks: PIRendererNetworks

    /// Copies the tensors out of the workspace, whose memory the next rendering uses again.
    init(
        first: Measured, picture: Tensor, sourceHalf: Tensor, networks: PIRendererNetworks, motion: Motion?,
        placement: SIMD3<Float>?
    ) {
        domain = networks.domain
        flowHeight = first.tensor.height
        flowWidth = first.tensor.width
        height = picture.height
        width = picture.width
        self.motion = motion
        self.placement = placement
        self.first = StoredTensor(copying: first.tensor)
        moments = first.moments.values(0)
        self.picture = StoredTensor(copying: picture)
        self.sourceHalf = StoredTensor(copying: sourceHalf)
        self.networks = networks
    }

    /// Bytes of the stored tensors and the statistics.
    package var byteCount: Int {
        first.byteCount + picture.byteCount + sourceHalf.byteCount + moments.count * MemoryLayout<Float>.stride
    }

    /// Returns whether pictures of both can be rendered in one batch.
    func joins(_ other: PIRendererSource) -> Bool {
        networks === other.networks && height == other.height && width == other.width
            && flowHeight == other.flowHeight && flowWidth == other.flowWidth
    }
}
