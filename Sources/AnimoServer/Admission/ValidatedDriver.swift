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
        /// No head is tracked; control says what is shown.
        case noHead
    }

    let content: Content
    /// The pose that was asked for, where one was: every channel in its range, but under control, which clamps last.
    var pose: Pose?
    var clamped: [Wire.Clamped] = []

    /// Whether reading it takes long.
    var isPicture: Bool { if case .frame = content { true } else { false } }
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
    /// From what a tracker reads to the model's pose; nil where none can.
    let mapping: FaceMapping?
}
