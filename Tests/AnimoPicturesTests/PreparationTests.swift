import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures

@Suite struct PreparationTests {
    /// Red is x, green is y: every pixel knows where it came from.
    private func ramp(_ width: Int, _ height: Int) -> Picture {
        var picture = Picture(width: width, height: height, filledWith: (0, 0, 0))
        for y in 0..<height {
            for x in 0..<width {
                picture.pixels[(y * width + x) * 3] = UInt8(x)
                picture.pixels[(y * width + x) * 3 + 1] = UInt8(y)
            }
        }
        return picture
    }

    @Test(arguments: [Background.white, .edge])
    func aPictureOfThatSizePassesBitForBit(background: Background) throws {
        let picture = TestPicture.noise(96, 96)
        let (same, transform) = try Preparation.prepare(picture, side: 96, background: background)
        #expect(same == picture)
        #expect(
            transform
                == CropTransform(
                    scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, width: 96, height: 96,
                    content: Box(x: 0, y: 0, width: 96, height: 96)))
        let clear = TestPicture.noise(96, 96, .rgba)
        #expect(try Preparation.prepare(clear, side: 96, background: background).picture == clear.overWhite())
    }

    @Test func aBoxOfThatSizePassesBitForBit() throws {
        let picture = TestPicture.noise(100, 80)
        let box = Crop.box(x: 13, y: 9, width: 64, height: 64)
        let (part, transform) = try Preparation.prepare(picture, crop: box, side: 64, background: .white)
        for y in 0..<64 {
            let from = ((y + 9) * 100 + 13) * 3
            #expect(part.pixels[(y * 192)..<((y + 1) * 192)] == picture.pixels[from..<(from + 192)])
        }
        #expect((transform.offsetX, transform.offsetY, transform.scaleX, transform.scaleY) == (13, 9, 1, 1))
    }

    @Test(
        arguments: [(200, 120), (120, 200), (37, 250), (64, 64), (16, 9), (255, 255)],
        [(Crop.none, 64), (.none, 160), (.box(x: 3.25, y: 2.5, width: 10.5, height: 6), 96)])
    func theTransformSaysWhereEveryPixelCameFrom(size: (Int, Int), request: (crop: Crop, side: Int)) throws {
        let picture = ramp(size.0, size.1)
        let (prepared, t) = try Preparation.prepare(picture, crop: request.crop, side: request.side, background: .edge)
        #expect((prepared.width, prepared.height, prepared.layout) == (request.side, request.side, .rgb))
        #expect((t.width, t.height) == (request.side, request.side))
        // Aspect kept, to half a prepared pixel.
        #expect(abs(t.scaleX / t.scaleY - 1) < 1 / min(t.content.width, t.content.height))
        // Away from the picture's borders a ramp stays a ramp under both methods.
        let margin = 2 / min(t.scaleX, 1)
        for y in 0..<request.side {
            for x in 0..<request.side {
                let (px, py) = (Double(x) + 0.5, Double(y) + 0.5)
                guard px > t.content.x + margin, px < t.content.x + t.content.width - margin,
                    py > t.content.y + margin, py < t.content.y + t.content.height - margin
                else { continue }
                let place = (y * request.side + x) * 3
                #expect(abs(Double(prepared.pixels[place]) + 0.5 - (t.offsetX + px * t.scaleX)) <= 1)
                #expect(abs(Double(prepared.pixels[place + 1]) + 0.5 - (t.offsetY + py * t.scaleY)) <= 1)
            }
        }
    }

    @Test func paddingIsWhiteOrTheEdge() throws {
        let picture = Picture(width: 20, height: 10, filledWith: (10, 20, 30))
        let (white, t) = try Preparation.prepare(picture, side: 40, background: .white)
        #expect(t.content == Box(x: 0, y: 10, width: 40, height: 20))
        #expect((t.scaleX, t.scaleY, t.offsetX, t.offsetY) == (0.5, 0.5, 0, -5))
        for y in 0..<40 {
            let row = white.pixels[(y * 120)..<(y * 120 + 3)]
            #expect(Array(row) == ((10..<30).contains(y) ? [10, 20, 30] : [255, 255, 255]))
        }
        let (edge, _) = try Preparation.prepare(picture, side: 40, background: .edge)
        #expect(edge == Picture(width: 40, height: 40, filledWith: (10, 20, 30)))
    }

    @Test func aBoxMayReachBeyondThePicture() throws {
        let picture = Picture(width: 10, height: 10, filledWith: (0, 0, 0))
        let box = Crop.box(x: -5, y: -2.5, width: 20, height: 20)
        let (prepared, t) = try Preparation.prepare(picture, crop: box, side: 20, background: .white)
        #expect(t.content == Box(x: 5, y: 2.5, width: 10, height: 10))
        func at(_ x: Int, _ y: Int) -> UInt8 { prepared.pixels[(y * 20 + x) * 3] }
        #expect((at(4, 6), at(5, 6), at(14, 6), at(15, 6)) == (255, 0, 0, 255))
        // Half covered, half white.
        #expect((at(8, 1), at(8, 2), at(8, 3), at(8, 12), at(8, 13)) == (255, 128, 0, 128, 255))
    }

    @Test(arguments: [
        Crop.box(x: .nan, y: 0, width: 5, height: 5), .box(x: 0, y: .infinity, width: 5, height: 5),
        .box(x: 0, y: 0, width: 0, height: 5), .box(x: 0, y: 0, width: 5, height: -5),
        .box(x: 0, y: 0, width: 1e9, height: 1e9), .box(x: 0, y: 0, width: .infinity, height: 5),
        .box(x: 100, y: 0, width: 5, height: 5), .box(x: -1e300, y: 0, width: 5, height: 5),
        .box(x: 0, y: -5, width: 5, height: 5), .box(x: 0, y: 0, width: 600, height: 1),
    ])
    func refusesABoxThatMakesNoSense(box: Crop) {
        let picture = Picture(width: 100, height: 100, filledWith: (0, 0, 0))
        let error = #expect(throws: PictureError.self) {
            try Preparation.prepare(picture, crop: box, side: 64, background: .white)
        }
        #expect(error?.code == .badArgument)
    }

    @Test(arguments: [0, -1, 8193, .max])
    func refusesASideThatMakesNoSense(side: Int) {
        #expect(throws: PictureError.self) {
            try Preparation.prepare(TestPicture.smooth(8, 8), side: side, background: .white)
        }
    }

    @Test func shrinkingIsTheMeanOfTheFootprint() throws {
        let picture = TestPicture.noise(90, 60, seed: 5)
        let plan = { (count: Int, source: Int) in
            AxisPlan(
                count: count, offset: 0, scale: Double(source) / Double(count), visible: 0...Double(source))
        }
        for (width, height) in [(30, 20), (45, 60), (7, 11), (89, 59), (1, 1), (90, 60)] {
            let small = picture.resampled(columns: plan(width, 90), rows: plan(height, 60), background: nil)
            for y in 0..<height {
                for x in 0..<width {
                    let expected = mean(
                        picture, Double(x) * 90 / Double(width), Double(y) * 60 / Double(height), 90 / Double(width),
                        60 / Double(height))
                    #expect(abs(Double(small.pixels[(y * width + x) * 3]) - expected) <= 0.51)
                }
            }
        }
    }

    /// Mean of red over a rectangle, slowly.
    private func mean(_ picture: Picture, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> Double {
        var sum = 0.0
        for row in Int(y)..<min(Int((y + height).rounded(.up)), picture.height) {
            for column in Int(x)..<min(Int((x + width).rounded(.up)), picture.width) {
                let dx = min(x + width, Double(column + 1)) - max(x, Double(column))
                let dy = min(y + height, Double(row + 1)) - max(y, Double(row))
                sum += max(dx, 0) * max(dy, 0) * Double(picture.pixels[(row * picture.width + column) * 3])
            }
        }
        return sum / (width * height)
    }

    @Test(arguments: [(256, 256, 256), (100, 60, 96), (70, 300, 288), (20, 20, 32), (1000, 1015, 1024)])
    func theSourcesOwnSideIsAMultipleOf32(width: Int, height: Int, side: Int) throws {
        let picture = Picture(width: width, height: height, filledWith: (0, 0, 0))
        #expect(try Preparation.sideOfSource(picture) == side)
        let box = Crop.box(x: 0, y: 0, width: 17, height: 70)
        #expect(try Preparation.sideOfSource(picture, crop: box) == 64)
    }

    @Test(arguments: [
        ("none", Crop.none), ("auto", .auto), ("box=1,2.5,-3,4e1", .box(x: 1, y: 2.5, width: -3, height: 40)),
    ])
    func cropsAreRead(text: String, crop: Crop) throws { #expect(try Crop(parsing: text) == crop) }

    @Test(arguments: ["", "all", "box=", "box=1,2,3", "box=1,2,3,4,5", "box=1,2,3,nan", "box=a,b,c,d", "box"])
    func otherCropsAreNot(text: String) {
        #expect(throws: PictureError.self) { try Crop(parsing: text) }
    }
}
