import AnimoMotion
import Testing

@testable import AnimoPictures
@testable import AnimoReports

@Suite struct ContactSheetTests {
    @Test func everyPrintableCharacterHasAGlyph() {
        for code in UInt8(32)...126 {
            let glyph = StrokeFont.paths[Character(UnicodeScalar(code))]
            #expect(glyph != nil && (code == 32 || !StrokeFont.glyph(Character(UnicodeScalar(code))).strokes.isEmpty))
        }
        for (character, glyph) in StrokeFont.paths {
            let words = glyph.path.split(separator: " ").filter { Double(String($0)) == nil }
            #expect(words.allSatisfy { ["M", "L", "Q", "D"].contains($0) }, "\(character)")
        }
    }

    @Test func noTwoGlyphsLookAlike() {
        let style = TextStyle(scale: 2, colour: .zero)
        var seen: [[UInt8]: Character] = [:]
        for character in StrokeFont.paths.keys where character != " " {
            var canvas = Canvas(width: 40, height: 40, background: SIMD3(255, 255, 255))
            canvas.draw("l" + String(character) + "l", x: 4, y: 2, style)
            #expect(canvas.picture.pixels.contains { $0 < 60 })
            let twin = seen.updateValue(character, forKey: canvas.picture.pixels)
            #expect(twin == nil, "\(character) and \(twin ?? " ")")
        }
    }

    static let words = [
        "", "yaw", "mouth_a = 0.25", "eyebrow_raised_left_and_right_together_at_once",
        "a b c d e f g h i j k l m n o p q",
        "anime → vox", "one\ntwo lines", "14.2 pictures/s, queue 0.3 ms",
    ]

    /// Every line and picture keeps its own room, within the sheet.
    @Test(arguments: 0..<60)
    func nothingOverlapsOrIsCut(seed: Int) {
        var random = SplitMix64(state: UInt64(seed))
        func text() -> String { Self.words.randomElement(using: &random) ?? "" }
        let side = [16, 48, 64, 128, 200][seed % 5]
        let picture = Picture(width: 30, height: 20, filledWith: (200, 30, 30))
        let rows = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            ContactSheet.Row(
                label: text(),
                cells: (0..<Int.random(in: 0...4, using: &random)).map { index in
                    ContactSheet.Cell(picture: index == 1 ? nil : picture, caption: text())
                })
        }
        let columns = (0..<Int.random(in: 0...5, using: &random)).map { _ in text() }
        let sheet = ContactSheet(title: text(), subtitle: text(), columns: columns, rows: rows, cellSide: side)
        let layout = SheetLayout(sheet)
        let boxes =
            layout.lines.filter { !$0.text.isEmpty }.map {
                Box(x: $0.x, y: $0.y, width: $0.style.width(of: $0.text), height: $0.style.lineHeight)
            }
            + layout.places.map {
                Box(x: Double($0.x) - 1, y: Double($0.y) - 1, width: Double(side) + 2, height: Double(side) + 2)
            }
        for (index, box) in boxes.enumerated() {
            #expect(box.x >= 8 && box.y >= 8)
            #expect(box.x + box.width <= Double(layout.width) - 8 && box.y + box.height <= Double(layout.height) - 8)
            for other in boxes[..<index] {
                let apart =
                    box.x >= other.x + other.width || other.x >= box.x + box.width
                    || box.y >= other.y + other.height || other.y >= box.y + box.height
                #expect(apart, "\(box) and \(other)")
            }
        }
        let drawn = sheet.render()
        #expect((drawn.width, drawn.height) == (layout.width, layout.height))
    }

    @Test func inkStaysWithinTheMeasuredWidth() {
        for scale in [1, 1.5, 2, 2.5] {
            let style = TextStyle(scale: scale, colour: .zero, pen: 1.6)
            for text in ["HnH", "mouth_a", "0123456789", "→ W ←", "Jjyg", "%@&"] {
                var canvas = Canvas(width: 400, height: 80, background: SIMD3(255, 255, 255))
                canvas.draw(text, x: 50, y: 10, style)
                let inked = (0..<400).filter { x in
                    (0..<80).contains { canvas.picture.pixels[($0 * 400 + x) * 3] < 128 }
                }
                let overhang = 1.5 * scale
                #expect(Double(inked.first ?? 0) >= 50 - overhang)
                #expect(Double(inked.last ?? 0) <= 50 + style.width(of: text) + overhang)
                let rows = (0..<80).filter { y in (0..<400).contains { canvas.picture.pixels[(y * 400 + $0) * 3] < 128 }
                }
                #expect(Double(rows.first ?? 0) >= 10 - 1 && Double(rows.last ?? 80) < 10 + style.lineHeight + 1)
            }
        }
    }

    @Test func picturesAppearInTheirCells() throws {
        let red = Picture(width: 64, height: 64, filledWith: (250, 0, 0))
        let sheet = ContactSheet(
            title: "t", columns: ["a", "b"],
            rows: [.init(label: "r", cells: [.init(picture: red), .init(picture: nil)])],
            cellSide: 64)
        let place = try #require(SheetLayout(sheet).places.first)
        let drawn = sheet.render()
        for (x, y) in [(0, 0), (63, 0), (0, 63), (63, 63), (31, 31)] {
            let at = ((place.y + y) * drawn.width + place.x + x) * 3
            #expect(Array(drawn.pixels[at..<(at + 3)]) == [250, 0, 0])
        }
        #expect(drawn.pixels.prefix(3).elementsEqual([250, 250, 248]))
    }
}
