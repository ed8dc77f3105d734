import AnimoMotion
import AnimoPictures

/// Pictures of noise and of smooth colour.
package enum TestPicture {
    package static func noise(_ width: Int, _ height: Int, _ layout: Picture.Layout = .rgb, seed: UInt64 = 1) -> Picture
    {
        var random = SplitMix64(state: seed)
        let pixels = (0..<(width * height * layout.channels)).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Picture(width: width, height: height, layout: layout, pixels: pixels)
    }

    package static func smooth(_ width: Int, _ height: Int) -> Picture {
        var picture = Picture(width: width, height: height, filledWith: (0, 0, 0))
        for y in 0..<height {
            for x in 0..<width {
                let place = (y * width + x) * 3
                picture.pixels[place] = UInt8(40 + 170 * x / max(width - 1, 1))
                picture.pixels[place + 1] = UInt8(30 + 190 * y / max(height - 1, 1))
                picture.pixels[place + 2] = UInt8(220 - 90 * (x + y) / max(width + height - 2, 1))
            }
        }
        return picture
    }
}
