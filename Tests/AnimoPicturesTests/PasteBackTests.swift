import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

@Suite struct PasteBackTests {
    private let red = Picture(width: 64, height: 64, filledWith: (255, 0, 0))

    @Test(arguments: [Picture.Layout.rgb, .rgba])
    func outsideTheMaskEveryBitStays(layout: Picture.Layout) throws {
        let original = TestPicture.noise(120, 90, layout)
        let crop = Crop.box(x: 30.5, y: 20, width: 40, height: 40)
        let (_, transform) = try Preparation.prepare(original, crop: crop, side: 64, background: .edge)
        let pasted = Preparation.pasteBack(red, onto: original, at: transform)
        let n = layout.channels
        #expect((pasted.width, pasted.height, pasted.layout) == (120, 90, layout))
        for y in 0..<90 {
            for x in 0..<120 {
                let place = (y * 120 + x) * n
                if !(31..<70).contains(x) || !(20..<60).contains(y) {
                    #expect(pasted.pixels[place..<(place + n)] == original.pixels[place..<(place + n)])
                } else if (36..<66).contains(x), (25..<55).contains(y), n == 3 {
                    #expect(Array(pasted.pixels[place..<(place + 3)]) == [255, 0, 0])
                }
                if n == 4 { #expect(pasted.pixels[place + 3] == original.pixels[place + 3]) }
            }
        }
    }

    @Test func theEdgeIsSoft() throws {
        let original = Picture(width: 200, height: 200, filledWith: (0, 0, 0))
        let crop = Crop.box(x: 50, y: 50, width: 100, height: 100)
        let (_, transform) = try Preparation.prepare(original, crop: crop, side: 64, background: .edge)
        let pasted = Preparation.pasteBack(red, onto: original, at: transform)
        let row = (40..<80).map { pasted.pixels[(100 * 200 + $0) * 3] }
        #expect(row.prefix(10).allSatisfy { $0 == 0 } && row.suffix(20).allSatisfy { $0 == 255 })
        #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 && Int($1) - Int($0) < 64 })
    }

    @Test func aWholePictureIsReplacedToItsEdges() throws {
        let original = TestPicture.noise(64, 64)
        let (_, transform) = try Preparation.prepare(original, side: 64, background: .white)
        let rendered = TestPicture.noise(64, 64, seed: 2)
        #expect(Preparation.pasteBack(rendered, onto: original, at: transform) == rendered)
    }

    @Test func paddingIsNotPasted() throws {
        let original = Picture(width: 200, height: 100, filledWith: (0, 0, 200))
        let (prepared, transform) = try Preparation.prepare(original, side: 64, background: .white)
        #expect(Preparation.pasteBack(prepared, onto: original, at: transform) == original)
    }

    @Test(
        arguments: [(300, 220, 128), (90, 70, 128), (128, 300, 64)],
        [Crop.none, .box(x: 10, y: 5, width: 60, height: 50)])
    func whatIsPastedUnchangedLooksUnchanged(size: (Int, Int, Int), crop: Crop) throws {
        let original = TestPicture.smooth(size.0, size.1)
        let (prepared, transform) = try Preparation.prepare(original, crop: crop, side: size.2, background: .edge)
        let pasted = Preparation.pasteBack(prepared, onto: original, at: transform)
        let worst = zip(pasted.pixels, original.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 4)
    }

    @Test func aLargerDrawingGoesToTheSamePlace() throws {
        let original = TestPicture.smooth(150, 150)
        let crop = Crop.box(x: 20, y: 30, width: 64, height: 64)
        let (_, small) = try Preparation.prepare(original, crop: crop, side: 64, background: .edge)
        let (large, _) = try Preparation.prepare(original, crop: crop, side: 128, background: .edge)
        let pasted = Preparation.pasteBack(large, onto: original, at: small)
        let worst = zip(pasted.pixels, original.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 3)
    }

    @Test func overWhiteAHalfClearPictureLooksAsDrawn() throws {
        var pixels: [UInt8] = []
        for i in 0..<(32 * 32) { pixels += [100, 150, 200, UInt8(i % 256)] }
        let original = Picture(width: 32, height: 32, layout: .rgba, pixels: pixels)
        let (prepared, transform) = try Preparation.prepare(original, side: 32, background: .white)
        let pasted = Preparation.pasteBack(prepared, onto: original, at: transform)
        let worst = zip(pasted.overWhite().pixels, prepared.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 2)
        for i in 0..<(32 * 32) where pixels[4 * i + 3] == 0 {
            #expect(pasted.pixels[(4 * i)..<(4 * i + 4)] == original.pixels[(4 * i)..<(4 * i + 4)])
        }
    }

    @Test(arguments: [
        CropTransform(
            scaleX: .nan, scaleY: 1, offsetX: 0, offsetY: 0, width: 64, height: 64,
            content: Box(x: 0, y: 0, width: 64, height: 64)),
        CropTransform(
            scaleX: 1, scaleY: 1, offsetX: 500, offsetY: 0, width: 64, height: 64,
            content: Box(x: 0, y: 0, width: 64, height: 64)),
        CropTransform(
            scaleX: 1, scaleY: 0, offsetX: 0, offsetY: 0, width: 0, height: 0,
            content: Box(x: 0, y: 0, width: 0, height: 0)),
        CropTransform(
            scaleX: 1e-300, scaleY: 1e300, offsetX: 0, offsetY: 1e300, width: 64, height: 64,
            content: Box(x: 0, y: 0, width: 64, height: 64)),
    ])
    func aTransformThatLeadsNowhereChangesNothing(transform: CropTransform) {
        let original = TestPicture.noise(40, 40)
        #expect(Preparation.pasteBack(red, onto: original, at: transform) == original)
    }
}
