import AnimoPictures
import AnimoReports
import Testing

/// What a tracker sees, drawn on its picture.
struct FaceOverlayTests {
    static func colour(_ picture: Picture, _ x: Int, _ y: Int) -> [UInt8] {
        let place = (y * picture.width + x) * 3
        return Array(picture.pixels[place..<place + 3])
    }

    @Test("A small picture is enlarged by a whole number, a large one is not")
    func sizes() {
        let small = Picture(width: 100, height: 60, filledWith: (10, 20, 30))
        let drawn = FaceMarks().drawn(on: small)
        #expect(drawn.width == 700 && drawn.height == 420 && Self.colour(drawn, 699, 419) == [10, 20, 30])
        let large = Picture(width: 640, height: 800, filledWith: (10, 20, 30))
        #expect(FaceMarks().drawn(on: large) == large)
    }

    @Test("Marks lie at the middles of the pixels they name")
    func places() {
        var marks = FaceMarks()
        marks.landmarks = [SIMD2(20, 10)]
        marks.points = [SIMD2(60, 10)]
        marks.square = .init(x: 10, y: 20, width: 30, height: 30)
        marks.axes = (SIMD2(70, 40), SIMD2(80, 40), SIMD2(70, 30), SIMD2(75, 45))
        let drawn = marks.drawn(on: Picture(width: 100, height: 60, filledWith: (0, 0, 0)))
        #expect(Self.colour(drawn, 20 * 7 + 3, 10 * 7 + 3) == [90, 255, 120])
        #expect(Self.colour(drawn, 60 * 7 + 3, 10 * 7 + 3) == [255, 60, 160])
        #expect(Self.colour(drawn, 25 * 7 + 3, 20 * 7 + 3) == [255, 255, 255])
        #expect(Self.colour(drawn, 75 * 7 + 3, 40 * 7 + 3) == [255, 60, 60])
        #expect(Self.colour(drawn, 70 * 7 + 3, 33 * 7 + 3) == [60, 220, 60])
        #expect(Self.colour(drawn, 90 * 7, 50 * 7) == [0, 0, 0])
    }

    @Test("Numbers that lie nowhere are left out", arguments: [Double.nan, .infinity, -1e300, 1e12])
    func nowhere(value: Double) {
        var marks = FaceMarks()
        let place = SIMD2(value, 3)
        (marks.landmarks, marks.points) = ([place], [place])
        let box = FaceMarks.Box(x: 1, y: value, width: 3, height: 4, label: "0.5")
        (marks.detections, marks.face, marks.square) = ([box], box, box)
        marks.axes = (place, place, place, SIMD2(3, 3))
        let picture = Picture(width: 640, height: 30, filledWith: (1, 2, 3))
        #expect(marks.drawn(on: picture) == picture)
    }
}
