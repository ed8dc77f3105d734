import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

/// The loop over rows against plain loops, over sizes that do not fit each other, and what must hold for any motion.
@Suite struct MovingTests {
    /// A head rendered from a moved source, softer, with a mouth of its own; and its motion.
    private static func head(
        _ native: Int, cells: Int, shift: Double, of source: Picture
    ) -> (head: RenderedPicture, plain: PlainMotion) {
        let flow = PlainMotion.Field(cells, cells, 2) { y, x, c in
            let (u, v) = (Double(x) / Double(cells) - 0.5, Double(y) / Double(cells) - 0.5)
            let step = c == 0 ? shift * (1 - 2 * v * v) : shift * u * 0.8
            return 2 * (Double(c == 0 ? x : y) + step) / Double(max(1, cells - 1)) - 1
        }
        let grid = FlowGrid(positions: flow.values.map { Float($0) }, width: cells, height: cells)
        let white = PlainMotion.Field(colourOf: source)
        let flat = PlainMotion(rendered: white, flow: flow)
        let moved = white.sampled(flat.positions(source.width, source.height))
        var rendered = moved.resized(
            PlainMotion.fitted(native, source.height), PlainMotion.fitted(native, source.width))
        for y in (native / 2)..<(native * 3 / 4) {
            for x in (native / 3)..<(native / 2) { rendered.values[(y * native + x) * 3] = 0.9 }
        }
        let pixels = rendered.values.map { Float($0) }
        rendered.values = pixels.map(Double.init)
        return (
            RenderedPicture(pixels: pixels, width: native, height: native, flow: grid),
            PlainMotion(rendered: rendered, flow: flow)
        )
    }

    private static func source(_ width: Int, _ height: Int, _ layout: Picture.Layout) -> Picture {
        var picture = TestPicture.smooth(width, height)
        guard layout == .rgba else { return picture }
        picture = picture.opaque()
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width) - 0.5, Double(y) / Double(height) - 0.5)
                let edge = (0.4 - (u * u + v * v).squareRoot()) * Double(min(width, height)) + 0.5
                picture.pixels[(y * width + x) * 4 + 3] = UInt8(min(max(edge, 0), 1) * 255)
            }
        }
        return picture
    }

    private func largest(_ a: [UInt8], _ b: [UInt8]) -> Int {
        a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 255 : 255
    }

    @Test(
        arguments: [(32, 8, 32), (32, 8, 33), (32, 5, 71), (24, 7, 128), (17, 3, 50), (1, 1, 9), (40, 10, 160)],
        [Picture.Layout.rgb, .rgba])
    func rowsGiveWhatPlainLoopsGive(size: (native: Int, cells: Int, side: Int), layout: Picture.Layout) throws {
        let source = Self.source(size.side, size.side, layout)
        let (head, plain) = Self.head(size.native, cells: size.cells, shift: 0.7, of: source)
        for usesFlow in [true, false] {
            let moved = FullResolution.render(head, source: source, usesFlow: usesFlow)
            let alpha = layout == .rgba ? PlainMotion.Field(alphaOf: source) : nil
            let expected = plain.full(.init(colourOf: source), alpha: alpha, usesFlow: usesFlow)
            let bytes = PlainMotion.straight(expected)
            let flat = layout == .rgba ? bytes : bytes.enumerated().filter { $0.offset % 4 != 3 }.map(\.element)
            #expect(moved.picture.layout == layout)
            #expect(largest(moved.picture.pixels, flat) <= 1, "flow \(usesFlow)")
            #expect((moved.meanAgreement != nil) == usesFlow)
        }
    }

    @Test(
        arguments: [
            (32, 8, Box(x: 20, y: 12, width: 70, height: 70)), (32, 8, Box(x: 0, y: 30, width: 64, height: 64)),
            (48, 6, Box(x: 61, y: 3, width: 31, height: 31)), (64, 6, Box(x: 8, y: 10, width: 48, height: 48)),
            (40, 5, Box(x: 20, y: 20, width: 30, height: 30)), (16, 4, Box(x: 0, y: 0, width: 100, height: 100)),
        ], [Picture.Layout.rgb, .rgba])
    func pastingGivesWhatPlainLoopsGive(size: (native: Int, cells: Int, box: Box), layout: Picture.Layout) throws {
        let original = Self.source(100, 100, layout)
        let box = size.box
        let (left, top, side) = (Int(box.x), Int(box.y), Int(box.width))
        let crop = original.part(left: left, top: top, width: side, height: side)
        let (head, plain) = Self.head(size.native, cells: size.cells, shift: 0.5, of: crop)
        let (_, transform) = try Preparation.prepare(
            original, crop: .box(x: box.x, y: box.y, width: box.width, height: box.height), side: size.native,
            background: .edge)
        let pasted = try #require(PasteMotion.paste(head, into: original, at: transform, fade: 0.16)).picture
        let expected = plain.pasted(
            .init(colourOf: crop), alpha: layout == .rgba ? .init(alphaOf: crop) : nil, fade: 0.16,
            open: (left > 0, top > 0, left + side < 100, top + side < 100))
        let inner = pasted.part(left: left, top: top, width: side, height: side)
        let bytes = PlainMotion.straight(expected)
        let flat = layout == .rgba ? bytes : bytes.enumerated().filter { $0.offset % 4 != 3 }.map(\.element)
        // Where nothing fades in the original's bytes stay, also of the colour of what is clear.
        let steps = zip(zip(inner.pixels, flat), crop.pixels).enumerated().filter { place, pair in
            let alpha = layout == .rgba ? inner.pixels[place / 4 * 4 + 3] : 255
            return alpha > 0 && abs(Int(pair.0.0) - Int(pair.0.1)) > 1
        }
        #expect(steps.isEmpty, "\(steps.count)")
        for y in 0..<100 {
            for x in 0..<100 where !(left..<(left + side)).contains(x) || !(top..<(top + side)).contains(y) {
                let place = (y * 100 + x) * layout.channels
                #expect(pasted.pixels[place] == original.pixels[place])
            }
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30, -3e38, 4])
    func noMotionLeadsOutOfThePicture(value: Float) throws {
        let flow = FlowGrid(positions: [Float](repeating: value, count: 8 * 8 * 2), width: 8, height: 8)
        let head = RenderedPicture(
            pixels: [Float](repeating: value, count: 16 * 16 * 3), width: 16, height: 16, flow: flow)
        for layout in [Picture.Layout.rgb, .rgba] {
            let source = Self.source(65, 65, layout)
            #expect(FullResolution.render(head, source: source, usesFlow: true).picture.width == 65)
            let (_, transform) = try Preparation.prepare(
                source, crop: .box(x: 3.5, y: -20, width: 60, height: 60), side: 16, background: .white)
            let pasted = try #require(PasteMotion.paste(head, into: source, at: transform, fade: 0.1))
            #expect(pasted.picture.pixels.count == source.pixels.count)
            #expect(pasted.motionInBorder.isFinite)
        }
    }

    @Test func aHeadAtRestIsTheOriginal() throws {
        let original = TestPicture.noise(90, 70)
        let flow = FlowGrid.shifted(16, byWidths: 0)
        let (prepared, transform) = try Preparation.prepare(
            original, crop: .box(x: 10, y: 5, width: 60, height: 60), side: 32, background: .edge)
        let head = RenderedPicture(
            pixels: prepared.pixels.map { Float($0) / 255 }, width: 32, height: 32, flow: flow)
        let pasted = try #require(PasteMotion.paste(head, into: original, at: transform, fade: 0.16))
        #expect(pasted.meanAgreement > 0.9)
        for y in 12..<58 {
            for x in 17..<63 {
                let place = (y * 90 + x) * 3
                #expect(pasted.picture.pixels[place..<(place + 3)] == original.pixels[place..<(place + 3)])
            }
        }
    }

    @Test func motionInTheBorderIsToldAsAShareOfItsWidth() throws {
        let original = TestPicture.smooth(200, 200)
        let (prepared, transform) = try Preparation.prepare(
            original, crop: .box(x: 50, y: 50, width: 100, height: 100), side: 32, background: .edge)
        for (pixels, share) in [(4.0, 0.4), (9.0, 0.9)] {
            let head = RenderedPicture(
                pixels: prepared.pixels.map { Float($0) / 255 }, width: 32, height: 32,
                flow: FlowGrid.shifted(10, byWidths: pixels / 100))
            let pasted = try #require(PasteMotion.paste(head, into: original, at: transform, fade: 0.1))
            // The outer half of the grid's outermost cells is held, which adds up to half a cell.
            #expect(pasted.motionInBorder >= share - 1e-3 && pasted.motionInBorder <= share + 0.75)
        }
    }

    /// Counting gives the number that sorting does, equal ones and neighbours of one upper half included.
    @Test func theNumberOfARankIsThatOfTheSortedArray() {
        for count in [1, 2, 3, 100, 4097] {
            let spread = (0..<count).map { Float($0 * 7919 % 4099) * 1234.5 }
            let close = (0..<count).map { 7 + Float($0 * 7919 % 4099) * 1e-6 }
            for numbers in [spread, close, [Float](repeating: 0, count: count)] {
                let sorted = numbers.sorted()
                for place in Set([0, count / 2, count * 99 / 100, count - 1]) where place < count {
                    #expect(numbers.ranked(place) == sorted[place])
                }
            }
        }
    }

    @Test func aSquareOutsideTheOriginalChangesNothing() {
        let transform = CropTransform(
            scaleX: 1, scaleY: 1, offsetX: 500, offsetY: 0, width: 64, height: 64,
            content: Box(x: 0, y: 0, width: 64, height: 64))
        let head = RenderedPicture(
            pixels: [], width: 8, height: 8, flow: FlowGrid(positions: [], width: 4, height: 4))
        #expect(PasteMotion.paste(head, into: TestPicture.noise(40, 40), at: transform, fade: 0.1) == nil)
    }
}

extension FlowGrid {
    /// A square grid whose places come from themselves, or from the right by a part of the width.
    static func shifted(_ cells: Int, byWidths shift: Double) -> FlowGrid {
        var positions: [Float] = []
        for y in 0..<cells {
            for x in 0..<cells {
                positions.append(Float((2 * Double(x) + 1) / Double(cells) - 1 + 2 * shift))
                positions.append(Float((2 * Double(y) + 1) / Double(cells) - 1))
            }
        }
        return FlowGrid(positions: positions, width: cells, height: cells)
    }
}

extension PlainMotion.Field {
    /// Over white, 0 … 1.
    init(colourOf picture: Picture) {
        let n = picture.layout.channels
        self.init(picture.width, picture.height, 3) { y, x, c in
            let place = (y * picture.width + x) * n
            let alpha = n == 4 ? Double(picture.pixels[place + 3]) / 255 : 1
            return Double(picture.pixels[place + c]) / 255 * alpha + 1 - alpha
        }
    }

    init(alphaOf picture: Picture) {
        self.init(picture.width, picture.height, 1) { y, x, _ in
            Double(picture.pixels[(y * picture.width + x) * 4 + 3]) / 255
        }
    }
}

extension Picture {
    fileprivate func part(left: Int, top: Int, width newWidth: Int, height newHeight: Int) -> Picture {
        let n = layout.channels
        var rows: [UInt8] = []
        for y in top..<(top + newHeight) {
            let first = (y * width + left) * n
            rows += pixels[first..<(first + newWidth * n)]
        }
        return Picture(width: newWidth, height: newHeight, layout: layout, pixels: rows)
    }
}
