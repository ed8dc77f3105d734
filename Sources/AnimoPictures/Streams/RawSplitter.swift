/// Cuts raw RGB frames of one size, as `ffmpeg -f rawvideo -pix_fmt rgb24` writes them.
public struct RawSplitter: FrameSplitter, Sendable {
    public let width: Int
    public let height: Int
    private var pending = PendingBytes()

    public init(width: Int, height: Int, limits: PictureLimits = PictureLimits()) throws(PictureError) {
        try limits.check(width: width, height: height)
        self.width = width
        self.height = height
    }

    public mutating func append(_ bytes: [UInt8]) { pending.append(bytes) }

    public mutating func next() throws(PictureError) -> Picture? {
        let size = width * height * 3
        guard pending.count >= size else { return nil }
        return Picture(width: width, height: height, layout: .rgb, pixels: pending.take(size))
    }

    public func finish() throws(PictureError) {
        guard pending.count == 0 else {
            throw PictureError(
                .truncated,
                "the stream ends within a frame: \(pending.count) bytes left, expected \(width * height * 3) for "
                    + "\(width)×\(height)")
        }
    }
}
