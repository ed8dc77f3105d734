/// A small font of our own: each glyph is the path of a round pen, so that it is smooth at any scale and, its stems
/// lying on whole units, sharp at scale 1 and 2.
enum StrokeFont {
    /// A straight stroke of the pen, or a dot.
    struct Stroke {
        /// Ends in units, x to the right of the glyph's left edge, y up from the base line.
        let fromX, fromY, toX, toY: Double
        /// Whether it is a dot, which is wider than a stroke.
        let dot: Bool
    }

    /// Strokes of one character.
    struct Glyph {
        /// Distance between the outermost strokes' centres, in units.
        let width: Double
        /// In any order; they cover each other.
        let strokes: [Stroke]
    }

    /// Height of the pen's centre over the base line for capitals, in units.
    static let ascent = 9.0
    /// Depth of the pen's centre below the base line, in units.
    static let descent = 3.0
    /// Height that a line of text takes, in units.
    static let lineHeight = 16.0
    /// Between the outermost strokes of two glyphs.
    static let spacing = 2.8

    private static let glyphs = paths.mapValues(trace)
    private static let missingGlyph = trace(missing)

    /// Glyph of a character; a box for one that the font lacks.
    static func glyph(_ character: Character) -> Glyph { glyphs[character] ?? missingGlyph }

    /// Reads a path; curves become eight lines.
    private static func trace(_ glyph: (width: Double, path: String)) -> Glyph {
        var strokes: [Stroke] = []
        var (x, y) = (0.0, 0.0)
        var tokens = glyph.path.split(separator: " ")[...]
        func line(to newX: Double, _ newY: Double) {
            strokes.append(Stroke(fromX: x, fromY: y, toX: newX, toY: newY, dot: false))
            (x, y) = (newX, newY)
        }
        while let command = tokens.popFirst() {
            let numbers = tokens.prefix(command == "Q" ? 4 : 2).compactMap { Double(String($0)) }
            tokens = tokens.dropFirst(numbers.count)
            switch (command, numbers.count) {
            case ("M", 2): (x, y) = (numbers[0], numbers[1])
            case ("L", 2): line(to: numbers[0], numbers[1])
            case ("D", 2):
                strokes.append(
                    Stroke(fromX: numbers[0], fromY: numbers[1], toX: numbers[0], toY: numbers[1], dot: true))
            case ("Q", 4):
                let (startX, startY) = (x, y)
                for step in 1...8 {
                    let t = Double(step) / 8
                    let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
                    line(to: a * startX + b * numbers[0] + c * numbers[2], a * startY + b * numbers[1] + c * numbers[3])
                }
            default: break
            }
        }
        return Glyph(width: glyph.width, strokes: strokes)
    }
}

/// Size and colour of a piece of text.
struct TextStyle {
    /// Pixels a unit of the font.
    var scale: Double
    /// Red, green and blue, 0…255.
    var colour: SIMD3<Float>
    /// Pen width in units.
    var pen = 1.3

    /// Height of a line in whole pixels.
    var lineHeight: Double { (StrokeFont.lineHeight * scale).rounded() }

    /// From one glyph's first stroke to the next one's, in pixels. At whole scales whole pixels, so that stems stay
    /// sharp.
    func advance(_ character: Character) -> Double {
        let exact = (StrokeFont.glyph(character).width + StrokeFont.spacing) * scale
        return scale == scale.rounded() ? exact.rounded() : exact
    }

    /// Pixels that a line of text covers, the pen's width included.
    func width(of text: some StringProtocol) -> Double {
        text.isEmpty ? 0 : text.reduce((pen - StrokeFont.spacing) * scale) { $0 + advance($1) }.rounded(.up)
    }

    /// Breaks text into lines no wider than `width` pixels, at spaces, else before or after punctuation. What cannot be
    /// broken stays whole: see `narrowest`.
    func wrap(_ text: String, width: Double) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            var lines: [String] = []
            var line = ""
            for piece in Self.pieces(of: paragraph) {
                if !line.isEmpty, self.width(of: (line + piece).trimmedRight) > width {
                    lines.append(line.trimmedRight)
                    line = ""
                }
                line += line.isEmpty ? String(piece.drop { $0 == " " }) : piece
            }
            lines.append(line.trimmedRight)
            return lines
        }
    }

    /// The width below which wrapped text would be cut.
    func narrowest(_ text: String) -> Double {
        text.split(separator: "\n").flatMap(Self.pieces(of:)).map { width(of: $0.trimmedRight) }.max() ?? 0
    }

    /// Pieces that are never torn apart, each with the spaces behind it.
    private static func pieces(of text: some StringProtocol) -> [String] {
        var pieces: [String] = []
        var last: Character = "x"
        for character in text {
            let breaks = (last == " " && character != " ") || last == "_" || last == "→" || last == "/"
            if pieces.isEmpty || breaks { pieces.append("") }
            pieces[pieces.count - 1].append(character)
            last = character
        }
        return pieces
    }
}

extension StringProtocol {
    fileprivate var trimmedRight: String {
        var text = String(self)
        while text.last == " " { text.removeLast() }
        return text
    }
}
