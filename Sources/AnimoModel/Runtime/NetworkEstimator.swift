import AnimoModelFile
import AnimoMotion

/// Estimator of driving frames of one domain: the part of the model that reads them, and how they are aligned for it.
package struct NetworkEstimator: Sendable, Equatable {
    /// Alignment of a frame before it is read.
    package enum Alignment: String, Sendable, Equatable {
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
    package var part: String
    /// Domain of the frames.
    package var domain: Domain
    /// Alignment of the frames.
    package var alignment: Alignment
    /// Side of the aligned frame, in pixels.
    package var side: Int
    /// Mapping of a human expression to an anime pose, where there is a choice.
    package var mapping: ExpressionMapping?

    /// Creates one from its fields.
    package init(
        part: String, domain: Domain, alignment: Alignment, side: Int, mapping: ExpressionMapping? = nil
    ) {
        self.part = part
        self.domain = domain
        self.alignment = alignment
        self.side = side
        self.mapping = mapping
    }

    /// The estimator that a model file's facts tell of.
    init(_ facts: FrameReaderFacts) {
        let alignments: [String: Alignment] = ["deep3d": .deep3D, "deca": .deca, "pose_encoder": .latentPose]
        self.init(
            part: facts.part, domain: facts.domain, alignment: alignments[facts.part] ?? .square, side: facts.side,
            mapping: facts.mapping.flatMap(ExpressionMapping.init))
    }
}

/// The two ways from a human expression to an anime pose.
package enum ExpressionMapping: String, Sendable, CaseIterable {
    /// The trained network of EDTN.
    case edtn
    /// Bounded least squares over the pose basis.
    case basis
}

/// A frame aligned for its estimator.
package struct FrameImage: Sendable {
    /// The aligned frame, (side, side).
    package var image: FloatImage
    /// Place that the alignment gave the frame: scale, then the head's place t0, t1, in the sense of Deep3DFaceRecon's
    /// `trans_params`; nil for other alignments.
    package var placement: SIMD3<Float>?

    /// Creates one from its fields.
    package init(_ image: FloatImage, placement: SIMD3<Float>? = nil) {
        self.image = image
        self.placement = placement
    }
}
