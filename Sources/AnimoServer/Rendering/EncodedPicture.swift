import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A picture that was rendered and encoded, with all that is told of it.
struct EncodedPicture: Sendable {
    let picture: Wire.Picture
    let source: CachedSource
    /// Numbers that the networks read.
    let code: DriverCode
    /// Place of the driving frame in the picture as sent, where one drove.
    let driverCrop: CropTransform?
    /// The pose that was asked for, where one was.
    let pose: Pose?
    let clamped: [Wire.Clamped]
    /// The face of the driving frame, where a tracker saw it.
    let face: TrackedFace?
    /// Driver after control; nil without it.
    let shown: SessionControl.Shown?
    let translationAssumed: Bool
    let batchSize: Int
    /// Mean share of the source's own pixels; nil where the flow was not used.
    let meanAgreement: Double?
    /// Motion in the pasted border as a share of its width, where it folds.
    let pasteFold: Double?
    let times: Wire.Times
    /// Reservation of the encoded picture, until it was sent.
    let memory: MemoryReservation
}

extension Wire.ReenactReply {
    init(_ encoded: EncodedPicture) {
        self.init(
            picture: encoded.picture, source: encoded.source.wire, motion: Wire.Motion(values: encoded.code.values),
            driverCrop: encoded.driverCrop.map(Wire.CropTransform.init), clamped: encoded.clamped,
            translationAssumed: encoded.translationAssumed, batchSize: UInt32(encoded.batchSize),
            times: encoded.times, meanAgreement: encoded.meanAgreement ?? 0, pasteFold: encoded.pasteFold ?? 0)
    }
}

extension Wire.EditPoseReply {
    init(_ encoded: EncodedPicture) {
        self.init(
            drawn: Wire.ReenactReply(encoded), pose: encoded.pose.map { Wire.Pose(values: $0.values) })
    }
}

extension Wire.AnimateResult {
    /// - Parameter frame: which it answers.
    init(_ encoded: EncodedPicture, to frame: SessionFrame) {
        self.init(
            seq: frame.seq, captureTime: frame.captureTime, outcome: .ok, picture: encoded.picture,
            motion: Wire.Motion(values: encoded.code.values),
            driverCrop: encoded.driverCrop.map(Wire.CropTransform.init), clamped: encoded.clamped,
            translationAssumed: encoded.translationAssumed, times: encoded.times,
            batchSize: UInt32(encoded.batchSize),
            modelDigest: encoded.source.model.engine.information.digest,
            face: encoded.face.map(Wire.Face.init(summaryOf:)), meanAgreement: encoded.meanAgreement ?? 0,
            pasteFold: encoded.pasteFold ?? 0)
        guard let shown = encoded.shown else { return }
        clamped = shown.clamped
        tracking = shown.tracking
        pose = shown.pose.map { Wire.Pose(values: $0.values) }
    }
}
