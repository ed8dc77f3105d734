/// A picture of a moved head, larger than the networks' own.
package struct MovedPicture: Sendable {
    /// RGB, or RGBA with straight alpha where the source has alpha.
    package var picture: Picture
    /// Mean agreement of the rendered picture and the moved source, 0 … 1; nil where it was not asked.
    package let meanAgreement: Double?

    /// Creates one from its fields.
    package init(picture: Picture, meanAgreement: Double?) {
        self.picture = picture
        self.meanAgreement = meanAgreement
    }
}

/// Full resolution by the model's own flow: the source's own pixels, moved, wherever the rendered picture shows
/// the same.
package enum FullResolution {
    /// A rendered head at the size of its source.
    ///
    /// - Parameters:
    ///   - source: the prepared square at the size of the result: RGB, or RGBA with straight alpha, where the
    ///     rendered picture is over white.
    ///   - usesFlow: whether the source's own pixels are shown; else the rendered picture is enlarged, but for the rim
    ///     of a figure with alpha.
    package static func render(_ head: RenderedPicture, source: Picture, usesFlow: Bool) -> MovedPicture {
        source.pixels.withUnsafeBytes { bytes in
            guard bytes.count >= 8 else { return MovedPicture(picture: source, meanAgreement: nil) }
            if !usesFlow, source.layout == .rgb {
                return MovedPicture(
                    picture: head.enlarged(toWidth: source.width, height: source.height), meanAgreement: nil)
            }
            switch source.layout {
            case .rgb: return render(head, RGBPixels(bytes), source.width, source.height, usesFlow)
            case .rgba: return render(head, RGBAPixels(bytes), source.width, source.height, usesFlow)
            }
        }
    }

    private static func render<Pixels: SourcePixels>(
        _ head: RenderedPicture, _ pixels: Pixels, _ width: Int, _ height: Int, _ usesFlow: Bool
    ) -> MovedPicture {
        let blend = blend(head, pixels, width, height, usesFlow)
        let channels = Pixels.hasAlpha ? 4 : 3
        var mean: Double?
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * channels) { target, count in
            guard let target = target.baseAddress else { return }
            let map = blend.forEachRow { y, levels in
                let line = target + y * width * channels
                if Pixels.hasAlpha {
                    for x in 0..<width { StraightPixel.write(levels[x], to: line + 4 &* x) }
                } else {
                    for x in 0..<width { OpaquePixel.write(levels[x], to: line + 3 &* x) }
                }
            }
            mean = map.mean
            count = width * height * channels
        }
        return MovedPicture(
            picture: Picture(width: width, height: height, layout: Pixels.hasAlpha ? .rgba : .rgb, pixels: bytes),
            meanAgreement: usesFlow ? mean : nil)
    }

    /// The blend over a whole prepared picture, without a fade.
    static func blend<Pixels: SourcePixels>(
        _ head: RenderedPicture, _ pixels: Pixels, _ width: Int, _ height: Int, _ usesFlow: Bool
    ) -> MotionBlend<Pixels> {
        let frame = MotionFrame(
            columns: MotionFrame.Axis(whole: width), rows: MotionFrame.Axis(whole: height), stride: width,
            fades: false)
        return MotionBlend(MotionRows(pixels, frame, head.flow), head, usesFlow: usesFlow)
    }
}

/// Colour of a pixel without alpha.
enum OpaquePixel {
    /// A number of single precision this large has its units in its lowest bits.
    @inline(__always)
    private static var units: SIMD4<Float> { SIMD4(repeating: 0x1p23) }

    /// - Parameter level: 0 … 255; rounded.
    @inline(__always)
    static func write(_ level: SIMD4<Float>, to target: UnsafeMutablePointer<UInt8>) {
        let bits = unsafeBitCast(level + units, to: SIMD4<UInt32>.self)
        target[0] = UInt8(truncatingIfNeeded: bits.x)
        target[1] = UInt8(truncatingIfNeeded: bits.y)
        target[2] = UInt8(truncatingIfNeeded: bits.z)
    }
}

/// Colour and straight alpha of a pixel that was computed over white.
enum StraightPixel {
    /// The white is taken out again: premultiplied = clamp(colour − (255 − alpha), 0, alpha).
    @inline(__always)
    static func premultiplied(_ level: SIMD4<Float>) -> SIMD4<Float> {
        let alpha = level.w
        return (level - (255 - alpha)).held(upTo: SIMD4(repeating: alpha))
    }

    /// - Parameter least: the alpha below which a pixel is black and clear, above 0.
    @inline(__always)
    static func write(
        _ level: SIMD4<Float>, to target: UnsafeMutablePointer<UInt8>, least: Float = 0.5
    ) {
        let alpha = Int32(level.w + 0.5)
        guard level.w >= least else {
            for channel in 0..<4 { target[channel] = 0 }
            return
        }
        let colour = level.w >= 255 ? level : premultiplied(level) * (255 / level.w)
        OpaquePixel.write(colour.heldToLevels(), to: target)
        target[3] = UInt8(truncatingIfNeeded: alpha)
    }
}
