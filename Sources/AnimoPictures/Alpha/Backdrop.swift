/// The background of a picture with alpha.
package enum Backdrop: Sendable, Equatable {
    /// One opaque colour, 0…255.
    case colour(red: UInt8, green: UInt8, blue: UInt8)
    /// Covers the result, its middle shown.
    case picture(Picture)

    /// White everywhere.
    package static let white = Backdrop.colour(red: 255, green: 255, blue: 255)

    /// - Parameter rgb: 0xRRGGBB
    package init(rgb: UInt32) {
        self = .colour(
            red: UInt8(truncatingIfNeeded: rgb >> 16), green: UInt8(truncatingIfNeeded: rgb >> 8),
            blue: UInt8(truncatingIfNeeded: rgb))
    }
}

extension Picture {
    /// The picture over a backdrop, mixed in sRGB as is usual: colour · alpha + backdrop · (1 − alpha), rounded. A
    /// picture without alpha is returned as it is.
    ///
    /// - Parameter backdrop: a picture has to be of this one's size (``Backdrop/fitted(toWidth:height:)``).
    package func over(_ backdrop: Backdrop) -> Picture {
        guard layout == .rgba else { return self }
        let count = width * height
        var behind = SIMD3<Float>(repeating: 255)
        var below: [UInt8]?
        switch backdrop {
        case .colour(let red, let green, let blue): behind = SIMD3(Float(red), Float(green), Float(blue))
        case .picture(let picture):
            let flat = picture.overWhite()
            if flat.width == width, flat.height == height { below = flat.pixels }
        }
        let flat = [UInt8](unsafeUninitializedCapacity: count * 3) { flat, initialised in
            pixels.withUnsafeBufferPointer { pixels in
                for i in 0..<count {
                    let alpha = Float(pixels[4 * i + 3]) / 255
                    if let below {
                        behind = SIMD3(Float(below[3 * i]), Float(below[3 * i + 1]), Float(below[3 * i + 2]))
                    }
                    for c in 0..<3 {
                        let value = Float(pixels[4 * i + c]) * alpha + behind[c] * (1 - alpha)
                        flat[3 * i + c] = UInt8(value + 0.5)
                    }
                }
            }
            initialised = count * 3
        }
        return Picture(width: width, height: height, layout: .rgb, pixels: flat)
    }
}

extension Backdrop {
    /// A picture enlarged or shrunk, its aspect kept, until it covers a size, and cut to its middle.
    package func fitted(toWidth width: Int, height: Int) -> Backdrop {
        guard case .picture(let picture) = self, width > 0, height > 0, picture.width > 0, picture.height > 0,
            picture.width != width || picture.height != height
        else { return self }
        let scale = min(Double(picture.width) / Double(width), Double(picture.height) / Double(height))
        let left = (Double(picture.width) - Double(width) * scale) / 2
        let top = (Double(picture.height) - Double(height) * scale) / 2
        let columns = AxisPlan(count: width, offset: left, scale: scale, visible: 0...Double(picture.width))
        let rows = AxisPlan(count: height, offset: top, scale: scale, visible: 0...Double(picture.height))
        return .picture(picture.overWhite().resampled(columns: columns, rows: rows, background: nil))
    }
}
