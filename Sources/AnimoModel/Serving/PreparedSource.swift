import AnimoCompute

/// Everything of a source that no driver changes, computed once: the editing network's features at the size that is
/// drawn, and the warping network's first convolution with its statistics at the size the flow is found at.
///
/// A picture drawn from it is, bit for bit, the one that would be drawn if all were computed anew.
public final class PreparedSource: Sendable {
    public let domain: Domain
    public let flowHeight: Int
    public let flowWidth: Int
    public let height: Int
    public let width: Int
    let first: StoredTensor
    /// Mean then variance of the channels of `first`.
    let moments: [Float]
    let features: [StoredTensor]
    let networks: DomainNetworks

    init(
        domain: Domain, first: Measured, features: [Tensor], networks: DomainNetworks
    ) {
        self.domain = domain
        self.networks = networks
        flowHeight = first.tensor.height
        flowWidth = first.tensor.width
        height = features[0].height
        width = features[0].width
        self.first = StoredTensor(copying: first.tensor)
        moments = first.moments.values(0)
        self.features = features.map { StoredTensor(copying: $0) }
    }

    /// Memory held, in bytes.
    public var byteCount: Int {
        first.byteCount + features.reduce(0) { $0 + $1.byteCount } + moments.count * MemoryLayout<Float>.stride
    }

    /// Whether pictures of both can be drawn in one batch.
    func joins(_ other: PreparedSource) -> Bool {
        networks === other.networks && height == other.height && width == other.width
            && flowHeight == other.flowHeight && flowWidth == other.flowWidth
    }
}

/// One picture to draw: a source and what it shall do.
public struct DrawRequest: Sendable {
    public let source: PreparedSource
    public let motion: Motion

    public init(source: PreparedSource, motion: Motion) {
        self.source = source
        self.motion = motion
    }
}

/// The networks of one domain.
final class DomainNetworks: Sendable {
    let warping: WarpingNetwork
    let editing: EditingNetwork
    let estimator: Estimator?

    init?(_ parts: DomainParts) {
        guard let warping = parts.warping, let editing = parts.editing else { return nil }
        self.warping = warping
        self.editing = editing
        estimator = parts.estimator
    }
}
