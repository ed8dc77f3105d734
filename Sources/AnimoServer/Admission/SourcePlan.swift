import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A decoded source at every size that is read.
struct SourcePlan: Sendable {
    let original: Picture
    /// Of the pictures drawn, in pixels.
    let side: Int
    let images: SourceImages
    let crop: CropTransform
    /// Of the original and of the images, until the source is kept.
    private let memory: [MemoryReservation]

    /// Decodes and crops on the calling thread: call it on a codec thread.
    init(_ job: SourceJob, limits: ServerLimits, account: MemoryAccount) throws(RPCError) {
        let capabilities = job.model.engine.capabilities
        switch job.content {
        case .identity: self.init(identityOf: capabilities)
        case .picture(let picture, let crop, let landmarks):
            let decoded = try picture.decode(for: account)
            let side: Int
            do throws(PictureError) {
                side =
                    if let asked = job.side { asked } else {
                        try min(
                            Preparation.sideOfSource(decoded.picture, crop: crop, step: capabilities.sizeStep),
                            limits.sizeMaximum)
                    }
            } catch {
                throw RPCError(error, field: picture.field)
            }
            let sides = [side, capabilities.nativeSize] + (capabilities.reader(of: job.domain).map { [$0.side] } ?? [])
            let prepared = try account.reserve(
                sides.reduce(0) { $0 + $1 * $1 * FloatImage.pixelBytes }, field: picture.field)
            do throws(PictureError) {
                try self.init(
                    decoded.picture, crop: crop, landmarks: landmarks, side: side, domain: job.domain,
                    capabilities: capabilities, memory: [decoded.memory, prepared])
            } catch {
                throw RPCError(error, field: picture.field)
            }
        }
    }

    private init(identityOf capabilities: Capabilities) {
        side = capabilities.nativeSize
        original = Picture(
            width: side, height: side, layout: .rgb, pixels: [UInt8](repeating: 255, count: side * side * 3))
        images = SourceImages(flow: FloatImage(original), editing: FloatImage(original))
        let whole = Double(side)
        crop = CropTransform(
            scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, width: side, height: side,
            content: Box(x: 0, y: 0, width: whole, height: whole))
        memory = []
    }

    private init(
        _ picture: Picture, crop: Crop, landmarks: Landmarks?, side: Int, domain: Domain, capabilities: Capabilities,
        memory: [MemoryReservation]
    ) throws(PictureError) {
        self.original = picture
        self.side = side
        self.memory = memory
        if capabilities.rendersAlpha {
            let eyes = landmarks.map { ($0.five[0], $0.five[1]) }
            let figure = try Preparation.prepareClear(
                picture, crop: crop, side: side, placement: .talkingHead3, irises: eyes)
            let image = FloatImage(figure.picture)
            self.images = SourceImages(flow: image, editing: image)
            self.crop = figure.transform
            return
        }
        func cropped(to side: Int) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
            try Preparation.prepare(picture, crop: crop, side: side, background: domain.background)
        }
        let editing = try cropped(to: side)
        let native = capabilities.nativeSize
        let flow = side == native ? editing.picture : try cropped(to: native).picture
        let frame = try capabilities.reader(of: domain).map { reader throws(PictureError) in
            try AlignedFrame(picture, crop: crop, landmarks: landmarks, for: reader).frame
        }
        self.images = SourceImages(flow: FloatImage(flow), editing: FloatImage(editing.picture), frame: frame)
        self.crop = editing.transform
    }
}
