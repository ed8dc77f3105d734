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
    let estimator: HeadReader

    /// Decodes and aligns it on the calling thread: call it on a codec thread.
    ///
    /// - Parameter account: pays for the picture while it is aligned, and for the aligned frame.
    func aligned(for account: MemoryAccount) throws(RPCError) -> AlignedFrame {
        let decoded = try picture.decode(for: account)
        let memory = try account.reserve(
            estimator.side * estimator.side * FloatImage.pixelBytes, field: picture.field)
        do throws(PictureError) {
            return try AlignedFrame(
                decoded.picture, crop: crop, landmarks: landmarks, for: estimator, memory: memory)
        } catch {
            throw RPCError(error, field: picture.field)
        }
    }
}
