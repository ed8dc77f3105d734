import AnimoPictures

/// Cuts raw RGB frames of one size, as `ffmpeg -f rawvideo -pix_fmt rgb24` writes them.
package struct RawSplitter: FrameSplitter, Sendable {
    package let width: Int
    package let height: Int
    private var pending = PendingBytes()

    package init(width: Int, height: Int, limits: PictureLimits = PictureLimits()) throws(PictureError) {
        try limits.check(width: width, height: height)
        self.width = width
        self.height = height
    }

    package mutating func append(_ bytes: [UInt8]) { pending.append(bytes) }

    package mutating func next() throws(PictureError) -> Picture? {
        let size = width * height * 3
        guard pending.count >= size else { return nil }
        return Picture(width: width, height: height, layout: .rgb, pixels: pending.take(size))
    }

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
