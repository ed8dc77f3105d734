import AnimoPictures

/// Cuts raw RGB frames of one size, as `ffmpeg -f rawvideo -pix_fmt rgb24` writes them.
package struct RawSplitter: FrameSplitter, Sendable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    private var pending = PendingBytes()

    /// Creates a splitter of packed RGB frames.
    ///
    /// - Throws: where a side is below 1 or beyond the limits.
    package init(width: Int, height: Int, limits: PictureLimits = PictureLimits()) throws(PictureError) {
        try limits.check(width: width, height: height)
        self.width = width
        self.height = height
    }

    /// Adds bytes as they were read.
    package mutating func append(_ bytes: [UInt8]) { pending.append(bytes) }

    /// Takes the next frame; nil where more bytes are needed.
    package mutating func next() throws(PictureError) -> Picture? {
        let size = width * height * 3
        guard pending.count >= size else { return nil }
        return Picture(width: width, height: height, layout: .rgb, pixels: pending.take(size))
    }

    /// Ends the stream.
    ///
    /// - Returns: the last frame, where the end completes it; else nil.
    /// - Throws: where the stream ends within a frame.
    package mutating func finish() throws(PictureError) -> Picture? {
        guard pending.count == 0 else {
            throw PictureError(
                .truncated,
                "the stream ends within a frame: \(pending.count) bytes left, expected \(width * height * 3) for "
                    + "\(width)×\(height)")
        }
        return nil
    }
}
