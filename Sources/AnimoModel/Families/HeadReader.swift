/// How driving frames of one domain become numbers: by which part of the model, and how they are aligned for it.
public struct HeadReader: Sendable, Equatable {
    public enum Alignment: String, Sendable, Equatable {
        /// The crop the client asked for, made square.
        case square
        /// By five landmarks to the standard head of Deep3DFaceRecon.
        case deep3D = "deep3d"
        /// By the landmarks' box, as DECA crops.
        case deca
        /// By the head's box, as Latent Pose Descriptors crop.
        case latentPose = "lpd"
    }

    /// The part of the model file that reads: `estimator`, `deep3d`, `deca`, `keypoints`, `pose_encoder`.
    public var part: String
    public var domain: Domain
    public var alignment: Alignment
    /// Of the aligned frame, in pixels.
    public var side: Int
    /// How a human expression becomes an anime pose, where there is a choice.
    public var mapping: ExpressionMapping?

    public init(
        part: String, domain: Domain, alignment: Alignment, side: Int, mapping: ExpressionMapping? = nil
    ) {
        self.part = part
        self.domain = domain
        self.alignment = alignment
        self.side = side
        self.mapping = mapping
    }
}

/// The two ways from a human expression to an anime pose.
public enum ExpressionMapping: String, Sendable, CaseIterable {
    /// The trained network of EDTN.
    case edtn
    /// Bounded least squares over the pose basis.
    case basis
}

/// A frame aligned for its reader.
public struct FrameImage: Sendable {
    public var image: FloatImage
    /// Where the alignment put the frame: scale, then the head's place t0, t1, in the sense of Deep3DFaceRecon's
    /// `trans_params`; nil for other alignments.
    public var placement: SIMD3<Float>?

    public init(_ image: FloatImage, placement: SIMD3<Float>? = nil) {
        self.image = image
        self.placement = placement
    }
}
