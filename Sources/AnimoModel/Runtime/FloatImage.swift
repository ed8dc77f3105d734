/// A picture in the networks' numbers: red, green and blue of every pixel, row by row, black 0 and white 1.
package struct FloatImage: Sendable, Equatable {
    package let height: Int
    package let width: Int
    /// (height, width, 3)
    package var pixels: [Float]

    /// - Parameter pixels: (height, width, 3); cut or filled with black to that length.
    package init(pixels: [Float], width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        let count = self.width * self.height * 3
        if pixels.count == count {
            self.pixels = pixels
        } else {
            self.pixels = (0..<count).map { $0 < pixels.count ? pixels[$0] : 0 }
        }
    }

    /// - Parameter rgb8: packed bytes, (height, width, 3).
    package init(rgb8: [UInt8], width: Int, height: Int) {
        self.init(pixels: rgb8.map { Float($0) / 255 }, width: width, height: height)
    }

    /// Packed bytes: clamped to 0…1, times 255, rounded.
    package func rgb8() -> [UInt8] {
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
