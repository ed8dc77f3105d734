/// A picture of 8 bits a channel, rows packed, first row on top. Alpha is straight, not premultiplied.
package struct Picture: Sendable, Equatable {
    /// Order of a pixel's bytes.
    package enum Layout: Sendable, Equatable {
        case rgb, rgba

        /// Bytes of a pixel.
        package var channels: Int { self == .rgb ? 3 : 4 }
    }

    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// Order of a pixel's bytes.
    package let layout: Layout
    /// height · width · channels bytes.
    package var pixels: [UInt8]

    /// - Precondition: `pixels` has height · width · channels bytes; missing ones are filled with white, surplus cut.
    package init(width: Int, height: Int, layout: Layout, pixels: [UInt8]) {
        self.width = max(width, 0)
        self.height = max(height, 0)
        self.layout = layout
        self.pixels = pixels
        let count = self.width * self.height * layout.channels
        if pixels.count < count {
            self.pixels.append(contentsOf: repeatElement(255, count: count - pixels.count))
        } else if pixels.count > count {
            self.pixels.removeLast(pixels.count - count)
        }
    }

    /// A picture of one colour.
    package init(width: Int, height: Int, filledWith colour: (red: UInt8, green: UInt8, blue: UInt8)) {
        var pixels = [UInt8](repeating: colour.red, count: max(width, 0) * max(height, 0) * 3)
        if colour.green != colour.red || colour.blue != colour.red {
            for i in stride(from: 0, to: pixels.count, by: 3) {
                pixels[i + 1] = colour.green
                pixels[i + 2] = colour.blue
            }
        }
        self.init(width: width, height: height, layout: .rgb, pixels: pixels)
    }
}

/// Encoding of a picture in files and messages.
package enum PictureFormat: String, Sendable, Equatable, CaseIterable {
    case png, jpeg
    /// Rows of width · 3 or · 4 bytes.
    case rgb8, rgba8
}

/// Limits of a picture. Checked on its header, before anything is allocated for it.
package struct PictureLimits: Sendable, Equatable {
    /// Pixels of the picture.
    package var pixels: Int
    /// Pixels of its longer side.
    package var side: Int
    /// Bytes of the encoded picture.
    package var bytes: Int

    /// Creates one from its fields.
    package init(pixels: Int = 16_777_216, side: Int = 8192, bytes: Int = 64 << 20) {
        self.pixels = pixels
        self.side = side
        self.bytes = bytes
    }

    /// - Throws: `tooLarge` with limit and actual size, `malformed` for an empty picture.
    package func check(width: Int, height: Int) throws(PictureError) {
        guard width > 0, height > 0 else {
            throw PictureError(.malformed, "the picture is \(width)×\(height), expected at least one pixel")
        }
        guard max(width, height) <= side else {
            throw PictureError(
                .tooLarge, "the picture is \(width)×\(height), expected sides of at most \(side)", limit: side,
                actual: max(width, height))
        }
        // Both factors are at most `side` here, but a caller may have set that to anything.
        let (area, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, area <= pixels else {
            throw PictureError(
                .tooLarge, "the picture is \(width)×\(height), expected at most \(pixels) pixels", limit: pixels,
                actual: overflow ? .max : area)
        }
    }
}
