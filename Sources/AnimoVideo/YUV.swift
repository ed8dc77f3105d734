import AnimoPictures

/// Subsampling of colour in a planar YUV picture.
package enum ChromaSampling: Sendable, Equatable, CaseIterable {
    /// Grey alone.
    case mono
    /// Halved both ways, each sample in the middle of its four pixels.
    case half
    /// Halved from left to right.
    case halfWidth
    /// Colour for every pixel.
    case full

    /// Size of a colour plane for a picture of this size, rounded up; 0×0 for grey.
    func planeSize(width: Int, height: Int) -> (width: Int, height: Int) {
        switch self {
        case .mono: (0, 0)
        case .half: ((width + 1) / 2, (height + 1) / 2)
        case .halfWidth: ((width + 1) / 2, height)
        case .full: (width, height)
        }
    }

    /// Bytes of a frame: Y, then Cb, then Cr.
    func frameBytes(width: Int, height: Int) -> Int {
        let plane = planeSize(width: width, height: height)
        return width * height + 2 * plane.width * plane.height
    }
}

/// RGB ↔ YCbCr as ITU-R BT.601 has it, in fixed point of 16 bits.
///
/// Y = 16 + 219 · (0.299 R + 0.587 G + 0.114 B), Cb = 128 + 112 / 0.886 · (B − Y'), Cr = 128 + 112 / 0.701 · (R − Y')
/// for R, G, B in 0 … 1; with the full range 0, 255 and 127.5 stand for 16, 219 and 112.
struct YUV {
    /// Whether levels are 0…255, not 16…235.
    let fullRange: Bool

    /// A frame's bytes, Y, then Cb, then Cr; each colour sample is the mean of its pixels.
    func planes(of picture: Picture, _ sampling: ChromaSampling) -> [UInt8] {
        let (width, height) = (picture.width, picture.height)
        let chroma = sampling.planeSize(width: width, height: height)
        let gain = fullRange ? 65536.0 : 65536 * 219 / 255
        let (r, g) = (Int((0.299 * gain).rounded()), Int((0.587 * gain).rounded()))
        let b = Int(gain.rounded()) - r - g
        let offset = fullRange ? 0 : 16
        var planes = [UInt8](repeating: 128, count: sampling.frameBytes(width: width, height: height))
        planes.withUnsafeMutableBufferPointer { planes in
            picture.pixels.withUnsafeBufferPointer { pixels in
                for i in 0..<(width * height) {
                    let sum = r &* Int(pixels[3 &* i]) &+ g &* Int(pixels[3 &* i &+ 1]) &+ b &* Int(pixels[3 &* i &+ 2])
                    planes[i] = UInt8(truncatingIfNeeded: offset &+ (sum &+ 32768) >> 16)
                }
                let (stepX, stepY) = (sampling == .full ? 1 : 2, sampling == .half ? 2 : 1)
                for y in 0..<chroma.height {
                    for x in 0..<chroma.width {
                        let mean = Self.mean(pixels, width, height, x * stepX, y * stepY, stepX, stepY)
                        let place = width * height + y * chroma.width + x
                        let (cb, cr) = chromaOf(mean)
                        planes[place] = cb
                        planes[place + chroma.width * chroma.height] = cr
                    }
                }
            }
        }
        return planes
    }

    /// Mean of the pixels that share a chroma sample.
    private static func mean(
        _ pixels: UnsafeBufferPointer<UInt8>, _ width: Int, _ height: Int, _ x: Int, _ y: Int, _ stepX: Int,
        _ stepY: Int
    ) -> SIMD3<Float> {
        var sum = SIMD3<Float>.zero
        var count: Float = 0
        for row in y..<min(y + stepY, height) {
            for column in x..<min(x + stepX, width) {
                let place = (row * width + column) * 3
                sum += SIMD3(Float(pixels[place]), Float(pixels[place + 1]), Float(pixels[place + 2]))
                count += 1
            }
        }
        return sum / count
    }

    private func chromaOf(_ rgb: SIMD3<Float>) -> (UInt8, UInt8) {
        let luma = 0.299 * rgb.x + 0.587 * rgb.y + 0.114 * rgb.z
        let gain: Float = fullRange ? 0.5 : 112 / 255
        let cb = 128.5 + gain / 0.886 * (rgb.z - luma)
        let cr = 128.5 + gain / 0.701 * (rgb.x - luma)
        return (UInt8(min(max(cb, 0), 255)), UInt8(min(max(cr, 0), 255)))
    }

    /// An RGB picture of a frame's bytes; a colour sample counts for all its pixels.
    ///
    /// - Parameter planes: ``ChromaSampling/frameBytes(width:height:)`` bytes.
    func picture(from planes: [UInt8], width: Int, height: Int, _ sampling: ChromaSampling) -> Picture {
        let chroma = sampling.planeSize(width: width, height: height)
        let (shiftX, shiftY) = (sampling == .full ? 0 : 1, sampling == .half ? 1 : 0)
        let (lumaGain, chromaGain) = fullRange ? (1.0, 2.0) : (255.0 / 219, 255.0 / 112)
        let gain = Int((65536 * lumaGain).rounded())
        let red = Int((65536 * chromaGain * 0.701).rounded())
        let blue = Int((65536 * chromaGain * 0.886).rounded())
        let greenFromBlue = Int((65536 * chromaGain * 0.886 * 0.114 / 0.587).rounded())
        let greenFromRed = Int((65536 * chromaGain * 0.701 * 0.299 / 0.587).rounded())
        let offset = fullRange ? 0 : 16
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { pixels, initialised in
            planes.withUnsafeBufferPointer { planes in
                for y in 0..<height {
                    for x in 0..<width {
                        let luma = (Int(planes[y &* width &+ x]) &- offset) &* gain &+ 32768
                        var (cb, cr) = (0, 0)
                        if sampling != .mono {
                            let place = width &* height &+ (y >> shiftY) &* chroma.width &+ (x >> shiftX)
                            cb = Int(planes[place]) &- 128
                            cr = Int(planes[place &+ chroma.width &* chroma.height]) &- 128
                        }
                        let to = (y &* width &+ x) &* 3
                        pixels[to] = Self.clamp((luma &+ red &* cr) >> 16)
                        pixels[to &+ 1] = Self.clamp((luma &- greenFromBlue &* cb &- greenFromRed &* cr) >> 16)
                        pixels[to &+ 2] = Self.clamp((luma &+ blue &* cb) >> 16)
                    }
                }
            }
            initialised = width * height * 3
        }
        return Picture(width: width, height: height, layout: .rgb, pixels: pixels)
    }

    @inline(__always)
    private static func clamp(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: min(max(value, 0), 255)) }
}
