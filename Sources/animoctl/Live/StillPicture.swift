import AnimoClient
import AnimoPictures
import AnimoWire

/// The unchanged source of a session, at the size and place at which the session renders it.
struct StillPicture: Sendable {
    private let source: Wire.SourcePicture?
    private let prepared: Wire.PreparedSource
    private let pasteBack: Bool

    init(_ held: HeldSource, pasteBack: Bool) {
        (source, prepared) = (held.request.source, held.prepared)
        self.pasteBack = pasteBack
    }

    /// Encoded as the session's own pictures are; nil where the model renders an identity of its own.
    func picture(as output: Stream.Output) throws -> Wire.Picture? {
        guard let source, let wire = source.picture, !wire.data.isEmpty, let crop = prepared.crop else { return nil }
        let original = try Picture(wire: wire)
        let transform = CropTransform(crop).scaled(toWidth: Int(prepared.width), height: Int(prepared.height))
        let background: Background = source.domain == .anime ? .white : .edge
        let figure = output == .rgba && !pasteBack ? original.figure(at: transform, background: background) : nil
        guard
            let still = figure
                ?? (pasteBack ? original : Preparation.picture(of: original, at: transform, background: background))
        else { return nil }
        let (format, data): (Wire.PictureFormat, [UInt8]) =
            switch output {
            case .mjpeg: (.jpeg, try PictureEncoder.encode(still, as: .jpeg, quality: 90))
            case .rgba: (.rgba8, still.opaque().pixels)
            case .rgb24, .y4m: (.rgb8, still.overWhite().pixels)
            }
        return Wire.Picture(
            format: format, data: data, width: UInt32(clamping: still.width), height: UInt32(clamping: still.height))
    }
}

extension CropTransform {
    init(_ wire: Wire.CropTransform) {
        let content = wire.content ?? Wire.Box()
        self.init(
            scaleX: wire.scaleX, scaleY: wire.scaleY, offsetX: wire.offsetX, offsetY: wire.offsetY,
            width: Int(wire.width), height: Int(wire.height),
            content: Box(x: content.x, y: content.y, width: content.width, height: content.height))
    }
}
