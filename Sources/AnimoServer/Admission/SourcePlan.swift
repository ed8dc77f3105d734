import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A decoded source at every size that is read.
struct SourcePlan: Sendable {
    let original: Picture
    /// Side of the rendered pictures, in pixels, and how they get it.
    let side: Int
    let detail: Wire.Detail
    /// The source at that size, where its own pixels are moved.
    let large: Picture?
    let images: SourceImages
    let crop: CropTransform
    /// Reservations of the original and of the images, until the source is kept.
    private let memory: [MemoryReservation]

    /// Decodes, finds the head as far as that is asked for, and crops. Call it on a codec thread.
    static func plan(
        _ job: SourceJob, limits: ServerLimits, account: MemoryAccount, codecs: CodecPool, locator: HeadLocator,
        as context: SchedulingContext, times: inout Wire.Times
    ) async throws -> SourcePlan {
        let capabilities = job.model.engine.capabilities
        guard case .picture(let picture, let crop, let landmarks) = job.content else {
            return SourcePlan(identityOf: capabilities)
        }
        let (decoded, decoding) = try await timed {
            try await codecs.decode(
                DecodingWork(picture, for: .source) { try picture.decode(for: account) }, as: context
            ).output
        }
        let reader = job.reader
        let place = try await locator.place(
            of: decoded.picture, crop: crop, landmarks: landmarks, for: reader.map(FrameEstimator.network),
            by: job.search, in: nil, as: context, times: &times)
        let (plan, cropping) = try await timed {
            let (side, detail) = try place.locating(picture.field) { () throws(PictureError) in
                try job.size.resolved(for: decoded.picture, crop: place.crop)
            }
            let rendered = detail == .edit ? side : capabilities.nativeSize
            let sides = [rendered, capabilities.nativeSize] + (reader.map { [$0.side] } ?? [])
            let prepared = try account.reserve(
                sides.reduce(side * side * 4) { $0 + $1 * $1 * FloatImage.pixelBytes }, field: picture.field)
            return try place.locating(picture.field) { () throws(PictureError) in
                try SourcePlan(
                    decoded.picture, place, side: side, detail: detail, domain: job.domain, reader: reader,
                    capabilities: capabilities, memory: [decoded.memory, prepared])
            }
        }
        times.decode += decoding.microseconds + cropping.microseconds
        return plan
    }

    private init(identityOf capabilities: Capabilities) {
        side = capabilities.nativeSize
        (detail, large) = (.off, nil)
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
        _ picture: Picture, _ place: HeadPlace, side: Int, detail: Wire.Detail, domain: Domain,
        reader: NetworkEstimator?,
        capabilities: Capabilities, memory: [MemoryReservation]
    ) throws(PictureError) {
        self.original = picture
        self.side = side
        self.detail = detail
        self.memory = memory
        if capabilities.rendersAlpha {
            // The caller's landmarks place the figure by its eyes, else the tracker's; without either the outline does.
            let eyes = place.landmarks.map { ($0.five[0], $0.five[1]) } ?? place.seen?.face?.landmarks.irises
            let figure = try Preparation.prepareClear(
                picture, crop: place.seen == nil ? place.crop : .auto, side: side, placement: .talkingHead3,
                irises: eyes)
            let image = FloatImage(figure.picture)
            self.images = SourceImages(flow: image, editing: image)
            self.crop = figure.transform
            large = nil
            return
        }
        func cropped(to side: Int) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
            try Preparation.prepare(picture, crop: place.crop, side: side, background: domain.background)
        }
        let native = capabilities.nativeSize
        let flow = try cropped(to: native)
        let editing = detail == .edit && side != native ? try cropped(to: side) : flow
        let frame = try reader.map { reader throws(PictureError) in
            try AlignedFrame(picture, crop: place.crop, landmarks: place.landmarks, for: reader).frame
        }
        self.images = SourceImages(flow: FloatImage(flow.picture), editing: FloatImage(editing.picture), frame: frame)
        // The same square at the rendered size: where its own pixels lie must agree with the motion that was found.
        crop = editing.transform.scaled(toWidth: side, height: side)
        if let figure = capabilities.tellsFlow ? picture.figure(at: crop, background: domain.background) : nil {
            large = figure
        } else if detail == .flow {
            large =
                side == native
                ? flow.picture : Preparation.picture(of: picture, at: crop, background: domain.background)
        } else {
            large = nil
        }
    }
}
