extension Picture {
    /// The picture without alpha, over white as published: c = trunc(c · a/255 + (1 − a/255) · 255) in float32.
    /// A picture without alpha is returned as it is.
    package func overWhite() -> Picture {
        guard layout == .rgba else { return self }
        let count = width * height
        let flat = [UInt8](unsafeUninitializedCapacity: count * 3) { flat, initialised in
            pixels.withUnsafeBufferPointer { pixels in
                for i in 0..<count {
                    let alpha = pixels[4 * i + 3]
                    if alpha == 255 {
                        for c in 0..<3 { flat[3 * i + c] = pixels[4 * i + c] }
                    } else {
                        for c in 0..<3 { flat[3 * i + c] = Self.overWhite(pixels[4 * i + c], alpha: alpha) }
                    }
                }
            }
            initialised = count * 3
        }
        return Picture(width: width, height: height, layout: .rgb, pixels: flat)
    }

    /// One channel of one pixel over white. The products are rounded before they are added, as numpy rounds them.
    static func overWhite(_ value: UInt8, alpha: UInt8) -> UInt8 {
        let a = Float(alpha) / 255
        return UInt8(Float(value) * a + (1 - a) * 255)
    }

    /// The picture with an alpha of 255, unless it has its own.
    package func opaque() -> Picture {
        guard layout == .rgb else { return self }
        var with = [UInt8](repeating: 255, count: width * height * 4)
        for i in 0..<(width * height) {
            for c in 0..<3 { with[4 * i + c] = pixels[3 * i + c] }
        }
        return Picture(width: width, height: height, layout: .rgba, pixels: with)
    }
}
