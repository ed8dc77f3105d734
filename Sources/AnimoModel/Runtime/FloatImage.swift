/// A picture in the networks' numbers: red, green, blue and, where it has one, straight alpha of every pixel, row by
/// row; black 0 and white 1, clear 0 and opaque 1.
package struct FloatImage: Sendable, Equatable {
    /// Height in pixels.
    package let height: Int
    /// Width in pixels.
    package let width: Int
    /// 3, or 4 with alpha.
    package let channels: Int
    /// (height, width, channels)
    package var pixels: [Float]

    /// - Parameters:
    ///   - pixels: (height, width, channels); cut or filled with black to that length.
    ///   - channels: 4 with alpha; any other number counts as 3.
    package init(pixels: [Float], width: Int, height: Int, channels: Int = 3) {
        self.width = max(0, width)
        self.height = max(0, height)
        self.channels = channels == 4 ? 4 : 3
        let count = self.width * self.height * self.channels
        if pixels.count == count {
            self.pixels = pixels
        } else {
            self.pixels = (0..<count).map { $0 < pixels.count ? pixels[$0] : 0 }
        }
    }

    /// - Parameter bytes: packed, (height, width, channels).
    package init(bytes: [UInt8], width: Int, height: Int, channels: Int = 3) {
        self.init(pixels: bytes.map { Float($0) / 255 }, width: width, height: height, channels: channels)
    }

    /// - Parameter rgb8: packed bytes, (height, width, 3).
    package init(rgb8: [UInt8], width: Int, height: Int) {
        self.init(bytes: rgb8, width: width, height: height)
    }

    /// The bytes of a picture without alpha.
    package func rgb8() -> [UInt8] { bytes() }

    /// Packed bytes: clamped to 0…1, times 255, rounded.
    package func bytes() -> [UInt8] {
        pixels.map { value in
            // A value that is no number counts as black.
            let clamped = value > 0 ? min(value, 1) : 0
            return UInt8(clamped * 255 + 0.5)
        }
    }
}

extension FloatImage {
    /// Refuses sides that are no multiples of `step`.
    ///
    /// - Parameter name: what the picture is, for the message.
    func checkSides(_ step: Int, _ name: String) throws(ModelError) {
        guard width >= step, height >= step, width.isMultiple(of: step), height.isMultiple(of: step) else {
            throw ModelError(
                .pictureSize,
                "\(name): expected sides that are multiples of \(step), got \(width)×\(height)")
        }
    }
}
