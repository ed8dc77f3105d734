import AnimoMotion
import AnimoModel
import AnimoPictures
import AnimoWire
import NIOCore

/// A picture that was drawn and encoded, with all that is told of it.
struct EncodedDrawing: Sendable {
    var picture: Wire.Picture
    /// What the networks read.
    var code: DriverCode
    var batchSize: Int
    var times: Wire.Times
}

/// From a source and a checked driver to an encoded picture.
struct Draughtsman: Sendable {
    /// Bytes of a reply besides its picture, generously.
    private static let otherBytes = 8192

    let limits: ServerLimits
    let scheduler: Scheduler
    let codecs: CodecPool

    func draw(
        _ driver: EngineDriver, on source: CachedSource, output: OutputOptions, times: Wire.Times,
        as standing: Standing, hold: ByteHold
    ) async throws -> EncodedDrawing {
        let pixels = output.pasteBack ? source.original.pixels.count : source.side * source.side * 3
        // The picture and what it is encoded to.
        try hold.take(2 * pixels, field: "options")
        let task = DrawTask(source: source.prepared, driver: driver)
        let done = try await scheduler.run(
            .draw(task), on: source.model.engine, key: source.drawKey, as: standing)
        guard case .drawn(let drawn) = done.result else { throw EngineFailure.nothingDrawn }
        let (picture, encoding) = try await timed {
            try await codecs.run { try encode(Picture(drawn.image), of: source, output: output) }
        }
        hold.giveBack(2 * pixels - picture.data.count)
        var times = times
        times.queue += done.queued.microseconds
        times.compute += done.computed.microseconds
        times.encode = encoding.microseconds
        return EncodedDrawing(
            picture: picture, code: drawn.code, batchSize: done.batchSize, times: times)
    }

    private func encode(_ drawn: Picture, of source: CachedSource, output: OutputOptions) throws -> Wire.Picture {
        let picture =
            output.pasteBack ? Preparation.pasteBack(drawn, onto: source.original, at: source.crop) : drawn
        let data = try PictureEncoder.encode(picture, as: output.format, quality: output.quality)
        let most = limits.frameBytes - Self.otherBytes
        guard data.count <= most else {
            throw RPCError(
                .resourceExhausted, .frameTooLong,
                "picture: \(picture.width)×\(picture.height) pixels take \(data.count) bytes as "
                    + "\(output.format.rawValue.uppercased()), expected at most \(most) for one frame",
                field: "options.format", limit: Double(most), actual: Double(data.count))
        }
        let stride: Int
        switch output.format {
        case .rgb8: stride = picture.width * 3
        case .rgba8: stride = picture.width * 4
        default: stride = 0
        }
        return Wire.Picture(
            format: output.format.wire, data: data, width: UInt32(picture.width), height: UInt32(picture.height),
            stride: UInt32(stride))
    }
}

extension FloatImage {
    /// Three channels of single precision.
    static let pixelBytes = 12

    /// Of an RGB picture.
    init(_ picture: Picture) {
        self.init(rgb8: picture.pixels, width: picture.width, height: picture.height)
    }
}

extension Picture {
    /// Of 8 bits.
    init(_ image: FloatImage) {
        self.init(width: image.width, height: image.height, layout: .rgb, pixels: image.rgb8())
    }
}
