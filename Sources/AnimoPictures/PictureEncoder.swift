import CPictureCodecs

/// `Picture` → bytes.
package enum PictureEncoder {
    /// Encodes a picture.
    ///
    /// PNG keeps alpha and is lossless; JPEG is rendered over white. Raw formats are converted to the layout asked for:
    /// PNG keeps alpha and is lossless; JPEG is rendered over white. Raw formats are converted to the layout asked for:
    /// RGB over white, RGBA opaque where there is no alpha.
    /// - Parameter quality: of a JPEG, 1 … 100. From 90 on colour is kept at full resolution.
    package static func encode(
        _ picture: Picture, as format: PictureFormat, quality: Int = 90
    ) throws(PictureError) -> [UInt8] {
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be encoded")
        }
        switch format {
        case .rgb8: return picture.overWhite().pixels
        case .rgba8: return picture.opaque().pixels
        case .png:
            return try collect("PNG") { out, message in
                codec_png_encode(
                    picture.pixels, UInt32(picture.width), UInt32(picture.height), UInt32(picture.layout.channels),
                    &out, &message)
            }
        case .jpeg:
            guard (1...100).contains(quality) else {
                throw PictureError(.badArgument, "the JPEG quality is \(quality), expected 1 … 100")
            }
            guard max(picture.width, picture.height) <= 65_500 else {
                throw PictureError(
                    .tooLarge, "a JPEG side is \(max(picture.width, picture.height)), expected at most 65500",
                    limit: 65_500, actual: max(picture.width, picture.height))
            }
            let opaque = picture.overWhite()
            return try collect("JPEG") { out, message in
                codec_jpeg_encode(
                    opaque.pixels, UInt32(opaque.width), UInt32(opaque.height), UInt32(quality), quality >= 90 ? 1 : 0,
                    &out, &message)
            }
        }
    }

    private static func collect(
        _ kind: String, _ encode: (inout codec_bytes, inout codec_message) -> codec_status
    ) throws(PictureError) -> [UInt8] {
        var out = codec_bytes()
        defer { codec_bytes_free(&out) }
        var message = codec_message()
        try PictureDecoder.check(encode(&out, &message), message, kind)
        return [UInt8](UnsafeBufferPointer(start: out.bytes, count: out.count))
    }
}
