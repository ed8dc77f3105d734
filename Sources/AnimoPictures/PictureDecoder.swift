import CPictureCodecs

/// Encoded bytes → `Picture`: PNG and JPEG of every common kind, and raw pixels.
package enum PictureDecoder {
    /// Scans a JPEG may have. Encoders write about a dozen; each one costs a walk over the whole picture.
    static let scanLimit = 32

    /// Returns the format that the first bytes announce; nil for neither PNG nor JPEG.
    package static func format(of bytes: [UInt8]) -> PictureFormat? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        return nil
    }

    /// Width and height as `decode` would give them, from the header alone.
    package static func size(of bytes: [UInt8]) throws(PictureError) -> (width: Int, height: Int) {
        switch try format(of: bytes, asked: nil) {
        case .png:
            let header = try pngHeader(bytes)
            return (header.width, header.height)
        default:
            let structure = try JPEGStructure(bytes, scanLimit: 1, stopAtFirstScan: true)
            return structure.orientation.swapsSides
                ? (structure.height, structure.width) : (structure.width, structure.height)
        }
    }

    /// Decodes a picture.
    ///
    /// Palettes, grey, 1 to 16 bits and interlacing become RGB or RGBA of 8 bits; grey, CMYK and YCCK JPEGs become RGB
    /// and are turned as their Exif orientation says. Gamma and colour profiles are ignored.
    /// - Parameters:
    ///   - format: what the bytes are; nil: by content (raw formats must be named).
    ///   - width: of a raw picture, in pixels.
    ///   - height: of a raw picture.
    ///   - stride: bytes from row to row of a raw picture; 0: packed.
    /// - Throws: `tooLarge` before anything is allocated; a picture that is damaged or cut short is refused, never
    ///   filled up.
    package static func decode(
        _ bytes: [UInt8], format: PictureFormat? = nil, width: Int = 0, height: Int = 0, stride: Int = 0,
        limits: PictureLimits = PictureLimits()
    ) throws(PictureError) -> Picture {
        guard bytes.count <= limits.bytes else {
            throw PictureError(
                .tooLarge, "the picture has \(bytes.count) bytes, expected at most \(limits.bytes)",
                limit: limits.bytes, actual: bytes.count)
        }
        switch try Self.format(of: bytes, asked: format) {
        case .png: return try decodePNG(bytes, limits: limits)
        case .jpeg: return try decodeJPEG(bytes, limits: limits)
        case .rgb8: return try raw(bytes, .rgb, width, height, stride, limits)
        case .rgba8: return try raw(bytes, .rgba, width, height, stride, limits)
        }
    }

    private static func format(of bytes: [UInt8], asked: PictureFormat?) throws(PictureError) -> PictureFormat {
        if asked == .rgb8 || asked == .rgba8 { return asked ?? .rgb8 }
        guard let found = format(of: bytes) else {
            let expected = asked.map { $0.rawValue.uppercased() } ?? "PNG or JPEG"
            throw PictureError(
                .malformed, bytes.isEmpty ? "the picture is empty" : "the bytes are no picture, expected \(expected)")
        }
        guard asked == nil || asked == found else {
            throw PictureError(
                .malformed,
                "expected \(asked == .png ? "PNG" : "JPEG"), got \(found == .png ? "PNG" : "JPEG")")
        }
        return found
    }

    private static func pngHeader(
        _ bytes: [UInt8]
    ) throws(PictureError) -> (width: Int, height: Int, layout: Picture.Layout) {
        var (width, height, channels) = (UInt32(0), UInt32(0), UInt32(0))
        var message = codec_message()
        let status = codec_png_header(bytes, bytes.count, &width, &height, &channels, &message)
        try Self.check(status, message, "PNG")
        return (Int(width), Int(height), channels == 4 ? .rgba : .rgb)
    }

    private static func decodePNG(_ bytes: [UInt8], limits: PictureLimits) throws(PictureError) -> Picture {
        let (width, height, layout) = try pngHeader(bytes)
        try limits.check(width: width, height: height)
        var status = CODEC_DONE
        var message = codec_message()
        let count = width * height * layout.channels
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = codec_png_decode(
                bytes, bytes.count, buffer.baseAddress, UInt32(width), UInt32(height), UInt32(layout.channels),
                &message)
            initialised = status == CODEC_DONE ? count : 0
        }
        try check(status, message, "PNG")
        return Picture(width: width, height: height, layout: layout, pixels: pixels)
    }

    private static func decodeJPEG(_ bytes: [UInt8], limits: PictureLimits) throws(PictureError) -> Picture {
        // The size first, so that a huge header is refused before the scans are counted.
        let size = try JPEGStructure(bytes, scanLimit: scanLimit, stopAtFirstScan: true)
        try limits.check(width: size.width, height: size.height)
        let structure = try JPEGStructure(bytes, scanLimit: scanLimit)
        let (width, height) = (structure.width, structure.height)
        var status = CODEC_DONE
        var message = codec_message()
        let count = width * height * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = codec_jpeg_decode(
                bytes, bytes.count, buffer.baseAddress, UInt32(width), UInt32(height), UInt32(scanLimit), &message)
            initialised = status == CODEC_DONE ? count : 0
        }
        try check(status, message, "JPEG")
        return Picture(width: width, height: height, layout: .rgb, pixels: pixels).turned(by: structure.orientation)
    }

    private static func raw(
        _ bytes: [UInt8], _ layout: Picture.Layout, _ width: Int, _ height: Int, _ stride: Int, _ limits: PictureLimits
    ) throws(PictureError) -> Picture {
        try limits.check(width: width, height: height)
        let row = width * layout.channels
        guard stride == 0 || stride >= row else {
            throw PictureError(.badArgument, "the stride is \(stride), expected 0 or at least \(row)")
        }
        let step = stride == 0 ? row : stride
        // The last row may end with its last pixel.
        let (gaps, overflow) = step.multipliedReportingOverflow(by: height - 1)
        guard !overflow, gaps <= .max - row, bytes.count >= gaps + row else {
            let expected = overflow ? "far more" : "\(gaps &+ row)"
            throw PictureError(
                .truncated, "a raw picture of \(width)×\(height) has \(bytes.count) bytes, expected \(expected)")
        }
        guard bytes.count <= gaps + max(step, row) else {
            throw PictureError(
                .malformed, "a raw picture of \(width)×\(height) has \(bytes.count) bytes, expected \(gaps + step)")
        }
        if step == row { return Picture(width: width, height: height, layout: layout, pixels: bytes) }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(row * height)
        for y in 0..<height { pixels.append(contentsOf: bytes[(y * step)..<(y * step + row)]) }
        return Picture(width: width, height: height, layout: layout, pixels: pixels)
    }

    static func check(_ status: codec_status, _ message: codec_message, _ kind: String) throws(PictureError) {
        if status == CODEC_DONE { return }
        let text = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let code: PictureError.Code =
            switch status {
            case CODEC_TRUNCATED: .truncated
            case CODEC_UNSUPPORTED: .unsupported
            case CODEC_NO_MEMORY: .noMemory
            default: .malformed
            }
        throw PictureError(code, "\(kind): \(text)")
    }
}
