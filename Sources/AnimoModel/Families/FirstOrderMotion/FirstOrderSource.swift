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
    package var translation: SIMD3<Float>? { nil }
    let small: StoredTensor
    /// (h, w, points)
    let bumps: [Float]
    let features: StoredTensor
    let networks: FirstOrderNetworks

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

    package var byteCount: Int {
        small.byteCount + features.byteCount + bumps.count * MemoryLayout<Float>.stride
    }

    /// Returns whether pictures of both can be rendered in one batch.
    func joins(_ other: FirstOrderSource) -> Bool {
        networks === other.networks && height == other.height && width == other.width
            && small.height == other.small.height && small.width == other.small.width
    }
}
