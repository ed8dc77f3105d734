import AnimoPictures
import AnimoWire

/// A picture as it came, not decoded: what its header says it will take.
struct IncomingPicture: Sendable {
    let field: String
    private let wire: Wire.Picture
    private let limits: PictureLimits
    /// Pixels that decoding will give at most, by the header; 0 for what decoding will refuse.
    let pixels: Int

    /// Reads the header alone.
    ///
    /// - Throws: where there is no picture.
    init(_ wire: Wire.Picture?, within limits: PictureLimits, field: String) throws(RPCError) {
        guard let wire, !wire.data.isEmpty else {
            throw RPCError.invalid("\(field).data", .missingField, "expected a picture, got no bytes")
        }
        self.field = field
        self.wire = wire
        self.limits = limits
        pixels = Self.pixels(of: wire, within: limits)
    }

    /// The format it was sent in; PNG where the content tells.
    var format: PictureFormat { PictureFormat(wire.format) ?? .png }

    /// Decodes on the calling thread: call it on a codec thread.
    func decode(for account: MemoryAccount) throws(RPCError) -> DecodedPicture {
        let memory = try account.reserve(pixels * 4, field: field)
        do throws(PictureError) {
            let picture = try PictureDecoder.decode(
                wire.data, format: PictureFormat(wire.format), width: Int(wire.width), height: Int(wire.height),
                stride: Int(wire.stride), limits: limits)
            memory.shrink(to: picture.pixels.count)
            return DecodedPicture(picture: picture, memory: memory)
        } catch {
            throw RPCError(error, field: field)
        }
    }

    private static func pixels(of wire: Wire.Picture, within limits: PictureLimits) -> Int {
        let size: (width: Int, height: Int)
        switch wire.format {
        case .rgb8, .rgba8: size = (Int(wire.width), Int(wire.height))
        default: size = (try? PictureDecoder.size(of: wire.data)) ?? (0, 0)
        }
        guard size.width <= limits.side, size.height <= limits.side else { return 0 }
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        return overflow || pixels > limits.pixels ? 0 : pixels
    }
}

/// Pixels, and the memory they take.
struct DecodedPicture: Sendable {
    let picture: Picture
    let memory: MemoryReservation
}
