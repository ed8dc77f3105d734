import AnimoCompute
import AnimoMotion

/// Everything of a source that no driver changes, computed once: its key points and how near each pixel is to them, the
/// picture at a quarter of its size, and the generator's features.
package final class FirstOrderSource: PreparedHead {
    /// Domain of the source.
    package let domain: Domain
    /// Height in pixels.
    package let height: Int
    /// Width in pixels.
    package let width: Int
    /// Key points of the source's own head.
    package let points: KeyPoints
    /// nil: key points hold the place of a head.
    package var translation: SIMD3<Float>? { nil }
    /// The source picture at a quarter of the size, (h, w, 3).
    let small: StoredTensor
    /// (h, w, points)
    let bumps: [Float]
    /// The generator's features, (height / 4, width / 4, 256).
    let features: StoredTensor
    /// The networks that prepared it; pictures of the same ones join a batch.
    let networks: FirstOrderNetworks

    /// Copies the tensors out of the workspace, whose memory the next rendering uses again.
    init(
        points: KeyPoints, small: Tensor, bumps: [Float], features: Tensor, height: Int, width: Int,
        networks: FirstOrderNetworks
    ) {
        domain = networks.domain
        self.height = height
        self.width = width
        self.points = points
        self.small = StoredTensor(copying: small)
        self.bumps = bumps
        self.features = StoredTensor(copying: features)
        self.networks = networks
    }

    /// Bytes of the stored tensors and the bumps.
    package var byteCount: Int {
        small.byteCount + features.byteCount + bumps.count * MemoryLayout<Float>.stride
    }

    /// Returns whether pictures of both can be rendered in one batch.
    func joins(_ other: FirstOrderSource) -> Bool {
        networks === other.networks && height == other.height && width == other.width
            && small.height == other.small.height && small.width == other.small.width
    }
}
