import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A driver that passed all checks that can be made before anything is decoded or computed. ``DriverValidator`` alone
/// makes one.
struct ValidatedDriver: Sendable {
    enum Content: Sendable {
        /// Finite numbers that the model understands, and what they came as.
        case numbers(DriverNumbers, DriverKind)
        /// The code of every frame of the model's window, which stands for itself.
        case window([DriverCode])
        case frame(DrivingPicture)
    }

    let content: Content
    /// The pose that was asked for, every channel in its range, where one was.
    var pose: Pose?
    var clamped: [Wire.Clamped] = []
}

/// A driving picture that was not decoded yet, and who will read it.
struct DrivingPicture: Sendable {
    let picture: IncomingPicture
    let crop: Crop
    let landmarks: Landmarks?
    let domain: Domain
    let reader: FrameEstimator
    /// nil where no tracker is served.
    let search: FaceSearch?
}
