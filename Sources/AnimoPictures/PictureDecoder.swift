import AnimoFiles
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

    /// Describes bytes that are neither PNG nor JPEG, with advice, for messages.
    package static func description(of bytes: [UInt8]) -> String {
        guard let kind = FileKind(bytes) else {
            let digits = bytes.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            return bytes.isEmpty
                ? "an empty file"
                : "\(bytes.count) byte\(bytes.count == 1 ? "" : "s") that begin \(digits.joined(separator: " "))"
        }
        let remedy =
            switch kind.group {
            case .picture: "convert it first, such as by: ffmpeg -i FILE picture.png"
            case .video: "take a frame out of it, such as by: ffmpeg -i FILE -frames:v 1 picture.png"
            case .text, .numbers, .archive: kind.remedy
            }
        return kind.rawValue + (remedy.map { ": \($0)" } ?? "")
    }

    /// Width and height as `decode` would give them, from the header alone.
    package static func size(of bytes: [UInt8]) throws(PictureError) -> (width: Int, height: Int) {
        switch try format(of: bytes, asked: nil) {
        case .png:
            let header = try pngHeader(bytes)
            let (width, height) = (Int(header.width), Int(header.height))
            return PNGStructure(bytes).orientation.swapsSides ? (height, width) : (width, height)
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
        case .png:
            return try decodePNG(bytes) { (width, height) throws(PictureError) in
                try limits.check(width: width, height: height)
                return 1
            }
        case .jpeg:
            return try decodeJPEG(bytes) { (width, height) throws(PictureError) in
                try limits.check(width: width, height: height)
                return 8
            }
        case .rgb8: return try raw(bytes, .rgb, width, height, stride, limits)
        case .rgba8: return try raw(bytes, .rgba, width, height, stride, limits)
        }
    }

    /// Decodes a PNG or JPEG of any size within `limits`, shrinking it on the way where it is larger: a JPEG by the
    /// scaled transform of its blocks, a PNG by means over squares of pixels, row by row, so that no more than the
    /// result is ever held.
    ///
    /// - Parameters:
    ///   - limits: of the result.
    ///   - longestSide: the result may be shrunk until its longer side is no shorter than this; nil: not below
    ///     `limits`.
    /// - Returns: the picture, and the size it would have had.
    /// - Throws: `tooLarge` beyond ``largestSource`` pixels, or where it cannot be shrunk on the way.
    package static func decode(
        _ bytes: [UInt8], shrinkingInto limits: PictureLimits, longestSide: Int? = nil
    ) throws(PictureError) -> (picture: Picture, width: Int, height: Int) {
        let whole = try size(of: bytes)
        func pixels(_ width: Int, _ height: Int) throws(PictureError) {
            try PictureLimits(pixels: largestSource, side: .max, bytes: .max).check(width: width, height: height)
        }
        func fits(_ width: Int, _ height: Int) -> Bool {
            (try? limits.check(width: width, height: height)) != nil
        }
        func isEnough(_ width: Int, _ height: Int) -> Bool {
            longestSide.map { max(width, height) >= $0 } ?? false
        }
        let picture: Picture
        switch try format(of: bytes, asked: nil) {
        case .png:
            picture = try decodePNG(bytes) { (width, height) throws(PictureError) in
                try pixels(width, height)
                var shrink = 1
                func side(_ side: Int, _ shrink: Int) -> Int { (side + shrink - 1) / shrink }
                while !fits(side(width, shrink), side(height, shrink))
                    || isEnough(side(width, shrink + 1), side(height, shrink + 1)),
                    shrink < max(width, height)
                { shrink += 1 }
                // Interlaced rows come in seven passes over the whole picture.
                if PNGStructure.isInterlaced(bytes) {
                    try limits.check(width: width, height: height)
                    return 1
                }
                return shrink
            }
        default:
            picture = try decodeJPEG(bytes) { (width, height) throws(PictureError) in
                try pixels(width, height)
                func side(_ side: Int, _ eighths: Int) -> Int { (side * eighths + 7) / 8 }
                let fitting = (1...8).filter { fits(side(width, $0), side(height, $0)) }
                guard let largest = fitting.last else {
                    try limits.check(width: side(width, 1), height: side(height, 1))
                    return 1
                }
                return fitting.first { isEnough(side(width, $0), side(height, $0)) } ?? largest
            }
        }
        return (picture, whole.width, whole.height)
    }

    /// Pixels of the largest picture that is read by shrinking it.
    static let largestSource = 1 << 30

    private static func format(of bytes: [UInt8], asked: PictureFormat?) throws(PictureError) -> PictureFormat {
        if asked == .rgb8 || asked == .rgba8 { return asked ?? .rgb8 }
        guard let found = format(of: bytes) else {
            let expected = asked.map { $0.rawValue.uppercased() } ?? "PNG or JPEG"
            throw PictureError(
                .malformed,
                bytes.isEmpty ? "the picture is empty" : "expected \(expected), got \(description(of: bytes))")
        }
        guard asked == nil || asked == found else {
            throw PictureError(
                .malformed,
                "expected \(asked == .png ? "PNG" : "JPEG"), got \(found == .png ? "PNG" : "JPEG")")
        }
        return found
    }

    private static func pngHeader(_ bytes: [UInt8]) throws(PictureError) -> codec_png_size {
        var size = codec_png_size()
        var message = codec_message()
        let status = codec_png_header(bytes, bytes.count, &size, &message)
        try Self.check(status, message, "PNG")
        return size
    }

    private static func decodePNG(
        _ bytes: [UInt8], reducing: (_ width: Int, _ height: Int) throws(PictureError) -> Int
    ) throws(PictureError) -> Picture {
        var size = try pngHeader(bytes)
        let shrink = try reducing(Int(size.width), Int(size.height))
        size.shrink = UInt32(clamping: max(shrink, 1))
        let structure = PNGStructure(bytes)
        let bytes = structure.unmarkedEnd.map { bytes[..<$0] + PNGStructure.end } ?? bytes
        let (width, height) = (
            Int(codec_png_shrunk(size.width, size.shrink)), Int(codec_png_shrunk(size.height, size.shrink))
        )
        let count = width * height * Int(size.channels)
        var status = CODEC_DONE
        var message = codec_message()
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = codec_png_decode(bytes, bytes.count, buffer.baseAddress, size, &message)
            initialised = status == CODEC_DONE ? count : 0
        }
        try check(status, message, "PNG")
        return Picture(width: width, height: height, layout: size.channels == 4 ? .rgba : .rgb, pixels: pixels)
            .turned(by: structure.orientation)
    }

    private static func decodeJPEG(
        _ bytes: [UInt8], reducing: (_ width: Int, _ height: Int) throws(PictureError) -> Int
    ) throws(PictureError) -> Picture {
        // The size first, so that a huge header is refused before the scans are counted.
        let header = try JPEGStructure(bytes, scanLimit: scanLimit, stopAtFirstScan: true)
        let eighths = try reducing(header.width, header.height)
        let structure = try JPEGStructure(bytes, scanLimit: scanLimit)
        let size = codec_jpeg_size(
            width: UInt32(structure.width), height: UInt32(structure.height),
            eighths: UInt32(clamping: min(max(eighths, 1), 8)))
        let (width, height) = (
            Int(codec_jpeg_scaled(size.width, size.eighths)), Int(codec_jpeg_scaled(size.height, size.eighths))
        )
        var status = CODEC_DONE
        var message = codec_message()
        let count = width * height * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = codec_jpeg_decode(bytes, bytes.count, buffer.baseAddress, size, UInt32(scanLimit), &message)
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

    /// - Throws: the codec's failure with its message, opened by `kind`, such as "PNG".
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
