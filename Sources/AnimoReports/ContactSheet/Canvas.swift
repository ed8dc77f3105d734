import AnimoPictures

/// An RGB picture to draw on.
struct Canvas {
    /// The picture so far.
    private(set) var picture: Picture

    /// - Parameter background: red, green and blue, 0…255.
    init(width: Int, height: Int, background: SIMD3<Float>) {
        let colour = (UInt8(background.x), UInt8(background.y), UInt8(background.z))
        picture = Picture(width: width, height: height, filledWith: colour)
    }

    /// Fills a rectangle, as far as it lies within the picture.
    mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: SIMD3<Float>) {
        for row in max(y, 0)..<max(min(y + height, picture.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, picture.width), max(x, 0)) { blend(column, row, colour, 1) }
        }
    }

    /// A frame of `thickness` pixels around the rectangle, outside it.
    mutating func frame(x: Int, y: Int, width: Int, height: Int, thickness: Int, _ colour: SIMD3<Float>) {
        fill(x: x - thickness, y: y - thickness, width: width + 2 * thickness, height: thickness, colour)
        fill(x: x - thickness, y: y + height, width: width + 2 * thickness, height: thickness, colour)
        fill(x: x - thickness, y: y, width: thickness, height: height, colour)
        fill(x: x + width, y: y, width: thickness, height: height, colour)
    }

    /// Draws a picture over white with its upper left corner at (x, y); parts outside are cut off.
    mutating func draw(_ part: Picture, x: Int, y: Int) {
        let part = part.overWhite()
        for row in 0..<part.height where (0..<picture.height).contains(y + row) {
            for column in 0..<part.width where (0..<picture.width).contains(x + column) {
                let to = ((y + row) * picture.width + x + column) * 3
                let from = (row * part.width + column) * 3
                for c in 0..<3 { picture.pixels[to + c] = part.pixels[from + c] }
            }
        }
    }

    /// Draws a picture in the upper left corner, every pixel `times` as wide and high.
    mutating func draw(_ part: Picture, enlarged times: Int) {
        let part = part.overWhite()
        for row in 0..<min(part.height * times, picture.height) {
            for column in 0..<min(part.width * times, picture.width) {
                let to = (row * picture.width + column) * 3
                let from = (row / times * part.width + column / times) * 3
                for c in 0..<3 { picture.pixels[to + c] = part.pixels[from + c] }
            }
        }
    }

    /// A straight line with round ends; nothing where an end is far outside.
    mutating func line(from: SIMD2<Double>, to: SIMD2<Double>, width: Double, _ colour: SIMD3<Float>) {
        let farthest = 16 * Double(max(picture.width, picture.height))
        guard [from.x, from.y, to.x, to.y].allSatisfy({ abs($0) <= farthest }) else { return }
        let reach = width / 2 + 1
        let rows = max(0, Int(min(from.y, to.y) - reach))...max(0, Int(max(from.y, to.y) + reach))
        let columns = max(0, Int(min(from.x, to.x) - reach))...max(0, Int(max(from.x, to.x) + reach))
        let stroke = StrokeFont.Stroke(fromX: 0, fromY: 0, toX: to.x - from.x, toY: to.y - from.y, dot: false)
        for row in rows.clamped(to: 0...picture.height) {
            for column in columns.clamped(to: 0...picture.width) {
                let (x, y) = (Double(column) + 0.5 - from.x, Double(row) + 0.5 - from.y)
                let cover = 0.5 + width / 2 - Self.distance(x, y, stroke, 1)
                if cover > 0 { blend(column, row, colour, Float(min(cover, 1))) }
            }
        }
    }

    /// A filled circle; `place` in pixels.
    mutating func dot(at place: SIMD2<Double>, radius: Double, _ colour: SIMD3<Float>) {
        line(from: place, to: place, width: 2 * radius, colour)
    }

    /// Draws one line of text whose ink begins at `x` and whose line box begins at `y`.
    mutating func draw(_ text: String, x: Double, y: Double, _ style: TextStyle) {
        let half = style.pen / 2 * style.scale
        // The pen's centre on pixel centres where scale allows it.
        var pen = x.rounded() + half.rounded(.up) - 0.5
        let leading = (StrokeFont.lineHeight - StrokeFont.ascent - StrokeFont.descent) / 2 * style.scale
        let base = (y + leading + StrokeFont.ascent * style.scale).rounded() - 0.5
        for character in text {
            draw(StrokeFont.glyph(character), x: pen, base: base, style)
            pen += style.advance(character)
        }
    }

    /// Coverage of a pixel is how far the nearest stroke's edge is from its centre.
    private mutating func draw(_ glyph: StrokeFont.Glyph, x: Double, base: Double, _ style: TextStyle) {
        guard !glyph.strokes.isEmpty else { return }
        let (s, half) = (style.scale, style.pen / 2 * style.scale)
        let reach = half * 1.6 + 1
        let left = glyph.strokes.map { min($0.fromX, $0.toX) }.min() ?? 0
        let right = glyph.strokes.map { max($0.fromX, $0.toX) }.max() ?? 0
        let low = glyph.strokes.map { min($0.fromY, $0.toY) }.min() ?? 0
        let high = glyph.strokes.map { max($0.fromY, $0.toY) }.max() ?? 0
        for row in Int(base - high * s - reach)...Int(base - low * s + reach) {
            for column in Int(x + left * s - reach)...Int(x + right * s + reach) {
                let (px, py) = (Double(column) + 0.5 - x, base - Double(row) - 0.5)
                var cover = 0.0
                for stroke in glyph.strokes {
                    let radius = stroke.dot ? half * 1.35 : half
                    cover = max(cover, 0.5 + radius - Self.distance(px, py, stroke, s))
                    if cover >= 1 { break }
                }
                if cover > 0 { blend(column, row, style.colour, Float(min(cover, 1))) }
            }
        }
    }

    private static func distance(_ x: Double, _ y: Double, _ stroke: StrokeFont.Stroke, _ scale: Double) -> Double {
        let (ax, ay) = (stroke.fromX * scale, stroke.fromY * scale)
        let (dx, dy) = (stroke.toX * scale - ax, stroke.toY * scale - ay)
        let square = dx * dx + dy * dy
        let t = square > 0 ? min(max(((x - ax) * dx + (y - ay) * dy) / square, 0), 1) : 0
        let (ex, ey) = (x - ax - t * dx, y - ay - t * dy)
        return (ex * ex + ey * ey).squareRoot()
    }

    private mutating func blend(_ x: Int, _ y: Int, _ colour: SIMD3<Float>, _ share: Float) {
        guard (0..<picture.width).contains(x), (0..<picture.height).contains(y) else { return }
        let place = (y * picture.width + x) * 3
        for c in 0..<3 {
            let old = Float(picture.pixels[place + c])
            picture.pixels[place + c] = UInt8(old + (colour[c] - old) * share + 0.5)
        }
    }
}
