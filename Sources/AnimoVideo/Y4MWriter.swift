import AnimoPictures

/// Writes a YUV4MPEG2 stream, which ffmpeg, OBS and v4l2loopback's tools read without being told size or rate.
package struct Y4MWriter: Sendable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// Sampling of the chroma planes.
    package let sampling: ChromaSampling
    private let rate: (frames: Int, seconds: Int)

    /// - Parameter rate: frames a second, as a fraction.
    package init(
        width: Int, height: Int, rate: (frames: Int, seconds: Int) = (25, 1), sampling: ChromaSampling = .half
    ) throws(PictureError) {
        guard width > 0, height > 0, rate.frames > 0, rate.seconds > 0 else {
            throw PictureError(
                .badArgument,
                "y4m: \(width)×\(height) at \(rate.frames):\(rate.seconds), expected numbers above 0")
        }
        self.width = width
        self.height = height
        self.rate = rate
        self.sampling = sampling
    }

    /// Returns the stream's header.
    package func header() -> [UInt8] {
        let colour =
            switch sampling {
            case .mono: "mono"
            case .half: "420jpeg"
            case .halfWidth: "422"
            case .full: "444"
            }
        let line =
            "YUV4MPEG2 W\(width) H\(height) F\(rate.frames):\(rate.seconds) Ip A1:1 C\(colour) XCOLORRANGE=LIMITED\n"
        return Array(line.utf8)
    }

    /// One frame. A picture with alpha is rendered over white.
    package func frame(_ picture: Picture) throws(PictureError) -> [UInt8] {
        guard picture.width == width, picture.height == height else {
            throw PictureError(
                .badArgument, "y4m: a frame of \(picture.width)×\(picture.height), expected \(width)×\(height)")
        }
        return Array("FRAME\n".utf8) + YUV(fullRange: false).planes(of: picture.overWhite(), sampling)
    }
}

extension Y4MWriter {
    /// Frames a second as a fraction that means it exactly or, for 23.976, 29.97 and 59.94, as broadcasting has it.
    package static func fraction(of rate: Double) -> (frames: Int, seconds: Int)? {
        guard rate.isFinite, rate >= 0.001, rate <= 1000 else { return nil }
        if rate == rate.rounded() { return (Int(rate), 1) }
        let broadcast = (rate * 1.001).rounded()
        if abs(broadcast / 1.001 - rate) < 0.002 { return (Int(broadcast) * 1000, 1001) }
        return (Int((rate * 1000).rounded()), 1000)
    }
}
