/// An original with its head set in motion.
package struct PastedPicture: Sendable {
    /// The original, of its own size.
    package let picture: Picture
    /// Mean agreement of the rendered picture and the moved original, 0 … 1.
    package let meanAgreement: Double
    /// Motion of the border's pixels, its 99th percentile, as a share of the border's width: beyond ``foldsBeyond`` the
    /// picture folds over itself there.
    package let motionInBorder: Double

    /// Share of the border's width beyond which motion folds it over itself.
    package static let foldsBeyond = 2.0 / 3
}

/// Paste-back by faded motion: at the rectangle's edges nothing moves and nothing is rendered, so that there is no
/// seam.
package enum PasteMotion {
    /// Width of the border in which the motion fades, as a share of the rectangle's shorter side, for photographs.
    package static let photographedFade = 0.16
    /// Width of that border for drawn heads, whose hair reaches further.
    package static let drawnFade = 0.10

    /// - Parameters:
    ///   - head: rendered from the square at `transform`.
    ///   - fade: width of the border as a share of the rectangle's shorter side.
    /// - Returns: the original, of its own layout, changed within the square alone; nil where the square lies outside.
    package static func paste(
        _ head: RenderedPicture, into original: Picture, at transform: CropTransform, fade: Double
    ) -> PastedPicture? {
        guard
            let columns = PasteAxis(
                transform.offsetX, transform.scaleX, content: (transform.content.x, transform.content.width),
                transform.width, original.width),
            let rows = PasteAxis(
                transform.offsetY, transform.scaleY, content: (transform.content.y, transform.content.height),
                transform.height, original.height)
        else { return nil }
        let reach = max(fade * min(columns.length, rows.length), 1)
        let frame = MotionFrame(
            columns: columns.motionAxis(side: transform.width, feather: reach),
            rows: rows.motionAxis(side: transform.height, feather: reach), stride: original.width, fades: true)
        // A copy is written, the original is read.
        var pasted = original
        return original.pixels.withUnsafeBytes { bytes in
            guard bytes.count >= 8 else { return nil }
            return switch original.layout {
            case .rgb: paste(head, RGBPixels(bytes), into: &pasted, frame, reach)
            case .rgba: paste(head, RGBAPixels(bytes), into: &pasted, frame, reach)
            }
        }
    }

    private static func paste<Pixels: SourcePixels>(
        _ head: RenderedPicture, _ pixels: Pixels, into original: inout Picture, _ frame: MotionFrame, _ reach: Double
    ) -> PastedPicture {
        let rows = MotionRows(pixels, frame, head.flow)
        let blend = MotionBlend(rows, head, usesFlow: true)
        let (stride, columns) = (original.width, frame.columns)
        let map = original.pixels.withUnsafeMutableBufferPointer { target -> AgreementMap? in
            guard let target = target.baseAddress else { return nil }
            return blend.forEachRow { y, levels in
                let fadeY = frame.rows.fade[y]
                let first = (frame.rows.first + y) * stride + columns.first
                for x in 0..<columns.count where fadeY * columns.fade[x] > 0 {
                    if Pixels.hasAlpha {
                        // A pixel that is all but clear keeps its colour, as the original's own pixels do.
                        StraightPixel.write(levels[x], to: target + 4 &* (first &+ x), least: .leastNormalMagnitude)
                    } else {
                        OpaquePixel.write(levels[x], to: target + 3 &* (first &+ x))
                    }
                }
            }
        }
        return PastedPicture(
            picture: original, meanAgreement: map?.mean ?? 0, motionInBorder: rows.motionInBorder() / reach)
    }
}

extension PasteAxis {
    /// - Parameters:
    ///   - side: of the prepared square.
    ///   - feather: width of the border in pixels of the original.
    fileprivate func motionAxis(side: Int, feather: Double) -> MotionFrame.Axis {
        MotionFrame.Axis(
            first: first, count: plan.first.count, start: offset - Double(first), length: scale * Double(side),
            fade: mask(feather: feather))
    }
}

extension MotionRows {
    /// Motion of the border's pixels, in pixels: the 99th percentile over every fourth of every fourth row.
    fileprivate func motionInBorder() -> Double {
        let room = MotionRoom(width: width, flow: flowWidth)
        defer { room.free() }
        var squares: [Float] = []
        for y in stride(from: 0, to: height, by: 4) {
            carry(y, room)
            for x in stride(from: 0, to: width, by: 4) where frame.columns.fade[x] * frame.rows.fade[y] < 1 {
                squares.append(room.motionX[x] * room.motionX[x] + room.motionY[x] * room.motionY[x])
            }
        }
        guard !squares.isEmpty else { return 0 }
        return Double(squares.ranked(min(squares.count - 1, squares.count * 99 / 100))).squareRoot()
    }
}

extension [Float] {
    /// The number at this place of the sorted array, of which none is negative: their bits then are in their own order,
    /// and counting them, upper half first, takes a tenth of what sorting does.
    func ranked(_ place: Int) -> Float {
        let (upper, rest) = Self.half(at: place, lazy.map { $0.bitPattern >> 16 })
        let lowerHalves = lazy.filter { $0.bitPattern >> 16 == upper }.map { $0.bitPattern & 0xffff }
        return Float(bitPattern: upper << 16 | Self.half(at: rest, lowerHalves).half)
    }

    /// The number at a place of sixteen-bit numbers when sorted, and its place among those that equal it.
    private static func half(at place: Int, _ halves: some Sequence<UInt32>) -> (half: UInt32, place: Int) {
        var counts = [Int](repeating: 0, count: 1 << 16)
        for half in halves { counts[Int(half)] += 1 }
        var (half, place) = (0, place)
        while half < counts.count - 1, place >= counts[half] {
            place -= counts[half]
            half += 1
        }
        return (UInt32(half), place)
    }
}
