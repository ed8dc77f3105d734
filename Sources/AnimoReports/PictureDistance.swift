import AnimoPictures
import Foundation

/// Distance of one picture from another of the same size, over red, green and blue in 0…1.
package struct PictureDistance: Sendable, Equatable {
    /// Mean absolute difference.
    package let l1: Double
    /// Peak signal-to-noise ratio in decibels, 10 · log₁₀(1 / mean square); infinite for equal pictures.
    package let psnr: Double
    /// Structural similarity, at most 1: Gaussian windows of 11 pixels, σ 1.5, mean over pixels and colours
    /// (Wang et al. 2004).
    package let ssim: Double

    /// - Throws: `badArgument` where the sizes differ or are smaller than a window.
    package init(_ first: Picture, _ second: Picture) throws(PictureError) {
        let (a, b) = (first.overWhite(), second.overWhite())
        guard a.width == b.width, a.height == b.height, min(a.width, a.height) >= Self.window else {
            throw PictureError(
                .badArgument,
                "expected two pictures of one size of at least \(Self.window)×\(Self.window), got "
                    + "\(a.width)×\(a.height) and \(b.width)×\(b.height)")
        }
        var (absolute, square, similarity) = (0.0, 0.0, 0.0)
        for colour in 0..<3 {
            let x = Self.plane(a, colour)
            let y = Self.plane(b, colour)
            for (p, q) in zip(x, y) {
                absolute += abs(p - q)
                square += (p - q) * (p - q)
            }
            similarity += Self.similarity(x, y, width: a.width, height: a.height)
        }
        let count = Double(a.width * a.height * 3)
        l1 = absolute / count
        psnr = square > 0 ? 10 * log10(count / square) : .infinity
        ssim = similarity / 3
    }

    private static let window = 11
    private static let weights: [Double] = {
        let raw = (0..<window).map { exp(-pow(Double($0 - window / 2), 2) / (2 * 1.5 * 1.5)) }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }()

    private static func plane(_ picture: Picture, _ colour: Int) -> [Double] {
        (0..<picture.width * picture.height).map { Double(picture.pixels[$0 * 3 + colour]) / 255 }
    }

    /// (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂)), the mean over whole windows.
    private static func similarity(_ x: [Double], _ y: [Double], width: Int, height: Int) -> Double {
        let products = { (a: [Double], b: [Double]) in zip(a, b).map { $0 * $1 } }
        let blur = { (plane: [Double]) in blurred(plane, width: width, height: height) }
        let (mx, my) = (blur(x), blur(y))
        let (xx, yy, xy) = (blur(products(x, x)), blur(products(y, y)), blur(products(x, y)))
        let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
        var sum = 0.0
        for place in mx.indices {
            let (u, v) = (mx[place], my[place])
            let (sx, sy, both) = (xx[place] - u * u, yy[place] - v * v, xy[place] - u * v)
            sum += (2 * u * v + c1) * (2 * both + c2) / ((u * u + v * v + c1) * (sx + sy + c2))
        }
        return sum / Double(mx.count)
    }

    /// Weighted means of whole windows: ten pixels fewer along each axis.
    private static func blurred(_ plane: [Double], width: Int, height: Int) -> [Double] {
        let (w, h) = (width - window + 1, height - window + 1)
        var rows = [Double](repeating: 0, count: w * height)
        for y in 0..<height {
            for x in 0..<w {
                var sum = 0.0
                for (tap, weight) in weights.enumerated() { sum += weight * plane[y * width + x + tap] }
                rows[y * w + x] = sum
            }
        }
        var means = [Double](repeating: 0, count: w * h)
        for y in 0..<h {
            for x in 0..<w {
                var sum = 0.0
                for (tap, weight) in weights.enumerated() { sum += weight * rows[(y + tap) * w + x] }
                means[y * w + x] = sum
            }
        }
        return means
    }
}
