import AnimoMotion
import Testing

@testable import AnimoPictures

struct AlphaTests {
    /// A round head on a neck and shoulders, before a ground or a clear one.
    private static func figure(
        side: Int = 200, head: Double = 40, at centre: SIMD2<Double> = SIMD2(100, 70), ground: [UInt8]? = nil
    ) -> Picture {
        var pixels = [UInt8](repeating: 0, count: side * side * 4)
        for y in 0..<side {
            for x in 0..<side {
                let step = SIMD2(Double(x) + 0.5, Double(y) + 0.5) - centre
                let isHead = (step * step).sum() < head * head
                let isNeck = abs(step.x) < head / 4 && step.y > 0
                let isBody = abs(step.x) < head && step.y > head * 1.5
                let place = (y * side + x) * 4
                if isHead || isNeck || isBody {
                    pixels[place..<(place + 4)] = [200, 100, 50, 255]
                } else if let ground {
                    pixels[place..<(place + 4)] = [ground[0], ground[1], ground[2], 255]
                }
            }
        }
        return Picture(width: side, height: side, layout: .rgba, pixels: pixels)
    }

    private static func bounds(_ picture: Picture) -> (left: Int, top: Int, right: Int) {
        var (left, top, right) = (picture.width, picture.height, 0)
        for y in 0..<picture.height {
            for x in 0..<picture.width where picture.pixels[(y * picture.width + x) * 4 + 3] > 127 {
                (left, top, right) = (min(left, x), min(top, y), max(right, x))
            }
        }
        return (left, top, right)
    }

    @Test("A figure's head is placed by its outline, wherever it is and however large", arguments: [20.0, 40, 55])
    func placesByTheOutline(head: Double) throws {
        let picture = Self.figure(head: head, at: SIMD2(90, 70))
        let (placed, transform) = try Preparation.prepareClear(
            picture, crop: .auto, side: 512, placement: .talkingHead3)
        #expect(placed.width == 512 && placed.height == 512 && placed.layout == .rgba)
        let bounds = Self.bounds(placed)
        // The outline's chin is where the circle has narrowed to the neck: 0.97 of the radius below the middle.
        let height = head * (1 + 0.97)
        #expect(abs(1 / transform.scaleX - 128 / height) < 0.05 * 128 / height)
        #expect(abs(Double(bounds.top) - 62) < 3)
        #expect(abs((90 - transform.offsetX) / transform.scaleX - 256) < 1.5)
        #expect(placed.pixels[(2 * 512 + 2) * 4 + 3] == 0)
    }

    @Test("Eyes that are known place it exactly") func placesByTheIrises() throws {
        let picture = Self.figure()
        let (_, transform) = try Preparation.prepareClear(
            picture, crop: .auto, side: 512, placement: .talkingHead3, irises: (SIMD2(90, 60), SIMD2(115, 60)))
        #expect(abs((102.5 - transform.offsetX) / transform.scaleX - 256) < 1e-9)
        #expect(abs((60 - transform.offsetY) / transform.scaleY - 142) < 1e-9)
        #expect(abs(1 / transform.scaleX - 1.5) < 1e-9)
    }

    @Test("A plain ground is cut away, and its light with it") func cutsOut() throws {
        let figure = try CutOut.figure(of: Self.figure(ground: [255, 255, 255]))
        #expect(figure.hasClearPixels)
        for place in stride(from: 0, to: figure.pixels.count, by: 4) where figure.pixels[place + 3] > 0 {
            #expect(Array(figure.pixels[place..<(place + 3)]) == [200, 100, 50])
        }
    }

    @Test("What cannot be placed has no head, in words") func refuses() {
        var noise = SplitMix64(state: 3)
        let crowded = Picture(
            width: 64, height: 64, layout: .rgb,
            pixels: (0..<(64 * 64 * 3)).map { _ in UInt8.random(in: 0...255, using: &noise) })
        let empty = Picture(width: 64, height: 64, layout: .rgba, pixels: [UInt8](repeating: 0, count: 64 * 64 * 4))
        let plain = Picture(width: 64, height: 64, filledWith: (9, 9, 9))
        for picture in [crowded, empty, plain] {
            let error = #expect(throws: PictureError.self) {
                try Preparation.prepareClear(picture, crop: .auto, side: 512, placement: .talkingHead3)
            }
            #expect(error?.code == .noHead && error?.message.isEmpty == false)
        }
        let error = #expect(throws: PictureError.self) {
            try Preparation.prepareClear(plain, side: 512, placement: .talkingHead3)
        }
        #expect(error?.code == .noHead && error?.message.contains("alpha 0") == true)
    }

    @Test("A picture of the right size passes to the bit") func passes() throws {
        let picture = Self.figure(side: 512, head: 64, at: SIMD2(256, 126))
        let (same, transform) = try Preparation.prepareClear(picture, side: 512, placement: .talkingHead3)
        #expect(same == picture && transform.isIdentity(for: picture))
    }

    @Test("Resizing mixes no colour of clear pixels into the figure") func resizesPremultiplied() throws {
        var picture = Self.figure(side: 100, head: 20, at: SIMD2(50, 35))
        for place in stride(from: 0, to: picture.pixels.count, by: 4) where picture.pixels[place + 3] == 0 {
            picture.pixels[place] = 255
        }
        for side in [64, 230] {
            let (resized, _) = try Preparation.prepareClear(picture, side: side, placement: .talkingHead3)
            for place in stride(from: 0, to: resized.pixels.count, by: 4) where resized.pixels[place + 3] > 8 {
                let colour = (0..<3).map { abs(Int(resized.pixels[place + $0]) - [200, 100, 50][$0]) }
                #expect((colour.max() ?? 0) <= 1)
            }
        }
    }

    @Test("A backdrop shows where alpha lets it, and a picture behind covers the result")
    func layersOverBackdrops() {
        let pixels: [UInt8] = [200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 128]
        let picture = Picture(width: 3, height: 1, layout: .rgba, pixels: pixels)
        let blue = picture.over(Backdrop(rgb: 0x0000ff))
        #expect(blue.layout == .rgb && blue.pixels == [200, 100, 0, 0, 0, 255, 100, 50, 127])
        let behind = Backdrop.picture(Picture(width: 6, height: 6, filledWith: (10, 20, 30)))
            .fitted(toWidth: 3, height: 1)
        #expect(picture.over(behind).pixels.prefix(6) == [200, 100, 0, 10, 20, 30])
        let opaque = Picture(width: 1, height: 1, filledWith: (1, 2, 3))
        #expect(opaque.over(.white) == opaque)
    }

    @Test("A drawn figure takes the place of the original's, and nothing changes outside")
    func pastesBackWithAlpha() throws {
        for ground in [nil, [10, 200, 10] as [UInt8]?] {
            let original = Self.figure(side: 300, head: 30, at: SIMD2(150, 100), ground: ground)
            let (placed, transform) = try Preparation.prepareClear(
                original, crop: .auto, side: 512, placement: .talkingHead3)
            let back = Preparation.pasteBack(placed, onto: original, at: transform)
            #expect(back.width == original.width && back.layout == .rgba)
            var apart = 0
            for place in stride(from: 0, to: back.pixels.count, by: 4) {
                let isFigure = original.pixels[place + 3] > 0
                let steps = (0..<4).map { abs(Int(back.pixels[place + $0]) - Int(original.pixels[place + $0])) }
                if isFigure, (steps.max() ?? 0) > 40 { apart += 1 }
            }
            // The figure that was not moved comes back but for pixels at its outline.
            #expect(apart * 20 < back.width * back.height / 10, "\(apart)")
            let empty = Picture(width: 512, height: 512, layout: .rgba, pixels: [UInt8](repeating: 0, count: 4 << 18))
            let gone = Preparation.pasteBack(empty, onto: original, at: transform)
            let middle = (100 * 300 + 150) * 4
            #expect(ground == nil ? gone.pixels[middle + 3] == 0 : gone.pixels[middle + 1] == 200)
        }
    }
}
