import AnimoModel
import AnimoPictures

/// A head's picture as its estimator wants it, and where that lies in the picture as sent.
struct AlignedFrame: Sendable {
    let frame: FrameImage
    /// nil where the crop is not a plain square of the picture.
    let crop: CropTransform?
    /// nil where somebody else pays for it.
    let memory: MemoryReservation?

    /// Aligns on the calling thread: call it on a codec thread.
    init(
        _ picture: Picture, crop: Crop, landmarks: Landmarks?, for reader: NetworkEstimator,
        memory: MemoryReservation? = nil
    ) throws(PictureError) {
        self.memory = memory
        let place = if let landmarks { FacePlace.landmarks(landmarks) } else { try FacePlace(crop, in: picture) }
        switch reader.alignment {
        case .square:
            let prepared = try Preparation.prepare(
                picture, crop: crop, side: reader.side, background: reader.domain.background)
            frame = FrameImage(FloatImage(prepared.picture))
            self.crop = prepared.transform
        case .deep3D:
            let (aligned, transform) = try Deep3DAlignment.align(picture, place)
            frame = FrameImage(FloatImage(aligned), placement: transform.placement)
            let scale = (
                Double(picture.width) / Double(transform.resizedWidth),
                Double(picture.height) / Double(transform.resizedHeight)
            )
            self.crop = CropTransform(
                scaleX: scale.0, scaleY: scale.1, offsetX: Double(transform.left) * scale.0,
                offsetY: Double(transform.up) * scale.1, width: aligned.width, height: aligned.height,
                content: Box(x: 0, y: 0, width: Double(aligned.width), height: Double(aligned.height)))
        case .deca:
            let cropped = try DECACrop.crop(picture, place)
            frame = FrameImage(
                FloatImage(pixels: cropped.pixels, width: cropped.width, height: cropped.height))
            let square = try DECACrop.square(place, in: picture)
            let scale = Double(square.side) / Double(cropped.width - 1)
            self.crop = CropTransform(
                scaleX: scale, scaleY: scale, offsetX: square.centre.x - Double(square.side) / 2,
                offsetY: square.centre.y - Double(square.side) / 2, width: cropped.width, height: cropped.height,
                content: Box(x: 0, y: 0, width: Double(cropped.width), height: Double(cropped.height)))
        case .latentPose:
            frame = FrameImage(FloatImage(try LatentPoseCrop.crop(picture, place)))
            self.crop = nil
        }
    }
}
