import AnimoMotion

/// A model's reader of driving frames of one domain: the one source for `inspect`, which sees the file, and for the
/// daemon, which has laid out the networks.
package struct FrameReaderFacts: Codable, Sendable, Equatable {
    /// The part that reads: `estimator`, `deep3d`, `deca`, `keypoints`, `pose_encoder`.
    package var part: String
    /// Domain of the frames.
    package var domain: Domain
    /// Side of the aligned frame, in pixels.
    package var side: Int
    /// `edtn` or `basis`: how a human expression becomes an anime pose, where there is a choice.
    package var mapping: String?

    /// The frames that ResNet-50's readers were trained on (Deep3DFaceRecon, DECA).
    package static let coefficientSide = 224
    /// The frames that Latent Pose Descriptors' encoder was trained on.
    package static let latentPoseSide = 256
}

extension ModelMetadata {
    /// Indicates whether poses drive it.
    package var takesPoses: Bool { drivers.contains { $0.hasPrefix("poses") } }

    /// Indicates whether motions drive it.
    package var takesMotions: Bool { drivers.contains { $0.hasPrefix("motions") } }

    /// Indicates whether FLAME coefficients drive it.
    package var takesFlame: Bool { drivers.contains { $0.hasPrefix("FLAME") } }

    /// Readers of driving frames, the preferred one of each domain first.
    package var frameReaders: [FrameReaderFacts] {
        switch family {
        case .firstOrderMotion:
            return domains.map { FrameReaderFacts(part: "keypoints", domain: $0, side: nativeSize) }
        case .latentPose:
            return domains.map {
                FrameReaderFacts(part: "pose_encoder", domain: $0, side: FrameReaderFacts.latentPoseSide)
            }
        case .animo, .pirenderer, .pirendererAnime: return motionReaders
        case .talkingHead3, .tracker: return []
        }
    }

    /// Readers of motions or FLAME coefficients, for families that are driven by motions or poses.
    private var motionReaders: [FrameReaderFacts] {
        let side = FrameReaderFacts.coefficientSide
        // With EDTN as another way from a photographed expression to an anime pose, the other ways are by the basis.
        let isChoice = parts.isSuperset(of: ["deca", "edtn"])
        var motions: [FrameReaderFacts] = []
        if parts.contains("deep3d") {
            motions.append(
                FrameReaderFacts(part: "deep3d", domain: .vox, side: side, mapping: isChoice ? "basis" : nil))
        }
        for (domain, side) in estimators.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            motions.append(
                FrameReaderFacts(
                    part: "estimator", domain: domain, side: side, mapping: isChoice && domain == .vox ? "basis" : nil))
        }
        let codes =
            parts.contains("deca") ? [FrameReaderFacts(part: "deca", domain: .vox, side: side, mapping: "edtn")] : []
        // A generator of poses was trained with EDTN; what it cannot do without is not preferred where it is absent.
        guard family == .pirendererAnime else { return motions + codes }
        let all = isChoice ? codes + motions : motions + codes
        return all.filter { takesMotions || $0.mapping == "edtn" }
    }
}
