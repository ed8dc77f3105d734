import Foundation

/// Between pictures in sRGB and the networks' numbers: linear light, straight alpha, -1…1.
enum LinearLight {
    /// c ≤ 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055)^2.4, alpha as it is; all · 2 − 1. Colour is not multiplied by
    /// alpha, but where alpha is 0 it is black. In double precision.
    ///
    /// - Parameter image: four channels, sRGB and alpha in 0…1.
    /// - Returns: (height, width, 4)
    static func network(_ image: FloatImage) -> [Float] {
        // Most pictures come as 8 bits: few values are many pixels'.
        var known: [Float: Float] = [:]
        func linear(_ value: Float) -> Float {
            if let linear = known[value] { return linear }
            let shown = Double(value)
            let linear = shown <= 0.04045 ? shown / 12.92 : pow((shown + 0.055) / 1.055, 2.4)
            let number = Float(linear * 2 - 1)
            if known.count < 4096 { known[value] = number }
            return number
        }
        var values = [Float](repeating: -1, count: image.width * image.height * 4)
        let channels = image.channels
        for pixel in 0..<(image.width * image.height) {
            let alpha = channels == 4 ? image.pixels[pixel * channels + 3] : 1
            values[pixel * 4 + 3] = Float(Double(alpha) * 2 - 1)
            guard alpha > 0 else { continue }
            for channel in 0..<3 { values[pixel * 4 + channel] = linear(image.pixels[pixel * channels + channel]) }
        }
        return values
    }
}
