import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A source as the daemon keeps it: its features, where they lie in the original, and the original itself.
final class CachedSource: Sendable {
    let id: [UInt8]
    let model: ModelRegistry.Entry
    let domain: Domain
    let prepared: any PreparedHead
    let flowSide: Int
    /// Side of rendered pictures, in pixels.
    let side: Int
    /// Method by which rendered pictures get that size.
    let detail: Wire.Detail
    /// The source at the rendered size, whose own pixels are moved: RGBA, straight, where it has alpha. nil where the
    /// networks' picture is all that is shown.
    let large: Picture?
    let crop: CropTransform
    let original: Picture
    let sent: PictureFormat
    private let memory: SourceMemory?

    /// - Parameter memory: counts its bytes as long as anybody holds it.
    init(
        id: [UInt8], model: ModelRegistry.Entry, domain: Domain, prepared: any PreparedHead, flowSide: Int, side: Int,
        detail: Wire.Detail = .off, large: Picture? = nil, crop: CropTransform, original: Picture, sent: PictureFormat,
        memory: SourceMemory? = nil
    ) {
        self.id = id
        self.model = model
        self.domain = domain
        self.prepared = prepared
        self.flowSide = flowSide
        self.side = side
        self.detail = detail
        self.large = large
        self.crop = crop
        self.original = original
        self.sent = sent
        self.memory = memory
        memory?.add(byteCount)
    }

    deinit { memory?.add(-byteCount) }

    var byteCount: Int { prepared.byteCount + original.pixels.count + (large?.pixels.count ?? 0) }

    /// Side of what the networks render, in pixels: the cost depends on it, not on the size of the result.
    var renderedSide: Int { detail == .edit ? side : flowSide }

    /// Indicates whether rendered pictures can have alpha.
    var hasAlpha: Bool { model.engine.capabilities.rendersAlpha || large?.layout == .rgba }

    var wire: Wire.PreparedSource {
        Wire.PreparedSource(
            id: id, domain: domain.wire, flowWidth: UInt32(flowSide), flowHeight: UInt32(flowSide),
            width: UInt32(side), height: UInt32(side), crop: Wire.CropTransform(crop),
            translation: prepared.translation.map { Wire.Translation(x: $0.x, y: $0.y, z: $0.z) },
            modelDigest: model.engine.information.digest, detail: detail)
    }
}
