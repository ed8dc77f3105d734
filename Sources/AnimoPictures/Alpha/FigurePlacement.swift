/// Place at which networks want a figure's head in their square, for figures that stand upright and face forward.
package struct FigurePlacement: Sendable, Equatable {
    /// The middle of the irises, and how far they are from each other.
    package var irises: SIMD2<Double>
    /// Distance of the irises from each other, in units of ``side``.
    package var irisDistance: Double
    /// The chin, and from the hair's top to it.
    package var chin: SIMD2<Double>
    /// Distance from the hair's top to the chin, in units of ``side``.
    package var headHeight: Double
    /// Side of the square that all these are relative to.
    package var side: Double

    /// Talking Head Anime 3's, measured on its sample pictures (512×512): irises' middle at (256, 142), 37.5 apart,
    /// chin at y 190, hair's top 128 above it.
    package static let talkingHead3 = FigurePlacement(
        irises: SIMD2(256, 142), irisDistance: 37.5, chin: SIMD2(256, 190), headHeight: 128, side: 512)

    /// Factors by which a figure may be scaled.
    private static let reach = 1.0 / 16...16.0

    /// By the irises where they are known, else by the outline.
    ///
    /// - Throws: `noHead` where neither tells where the head is.
    func transform(
        of figure: Picture, side: Int, irises found: (SIMD2<Double>, SIMD2<Double>)?
    ) throws(PictureError) -> CropTransform {
        let unit = Double(side) / self.side
        let (from, to, scale): (SIMD2<Double>, SIMD2<Double>, Double)
        if let found {
            let step = found.1 - found.0
            let distance = (step * step).sum().squareRoot()
            guard distance >= 2 else {
                throw PictureError(.noHead, "no head found: the eyes are \(distance) pixels apart, expected at least 2")
            }
            (from, to, scale) = ((found.0 + found.1) / 2, irises * unit, irisDistance * unit / distance)
        } else {
            let outline = try HeadOutline(of: figure)
            (from, to, scale) = (
                SIMD2(outline.middle, outline.chin), chin * unit, headHeight * unit / (outline.chin - outline.top)
            )
        }
        guard Self.reach.contains(scale) else {
            throw PictureError(
                .noHead, "no head found of a fitting size: it would have to be made \(scale) times as large")
        }
        let each = 1 / scale
        let offset = from - to * each
        let (left, top) = (max(0, -offset.x * scale), max(0, -offset.y * scale))
        let right = min(Double(side), (Double(figure.width) - offset.x) * scale)
        let bottom = min(Double(side), (Double(figure.height) - offset.y) * scale)
        guard right - left >= 1, bottom - top >= 1 else {
            throw PictureError(.noHead, "no head found: it would lie outside of the picture")
        }
        return CropTransform(
            scaleX: each, scaleY: each, offsetX: offset.x, offsetY: offset.y, width: side, height: side,
            content: Box(x: left, y: top, width: right - left, height: bottom - top))
    }
}

/// The head of a figure by its outline alone: the top of its hair, and the chin, which is where the outline narrows to
/// the neck.
struct HeadOutline {
    /// Row of the hair's top, in pixels of the picture.
    let top: Double
    /// Row of the chin, in pixels.
    let chin: Double
    /// Column of the head's middle, in pixels.
    let middle: Double

    /// Largest width of the neck, as a share of the widest row above it.
    private static let neckShare = 0.62
    /// Distance below that within which the neck begins, as a share of the head's width, and the neck's width beside
    /// its narrowest row.
    private static let jawShare = 0.35
    private static let neckSlack = 1.2
    /// From the hair's top to the chin, as a share of the head's width, where hair hides the neck.
    private static let hiddenNeck = 0.98

    /// - Throws: `noHead`, saying what was looked for.
    init(of figure: Picture) throws(PictureError) {
        let (width, height) = (figure.width, figure.height)
        guard figure.layout == .rgba else {
            throw PictureError(.noHead, "no head found: expected a figure on a clear ground")
        }
        // The widest run of each row that is the figure's.
        var runs: [Range<Int>] = []
        for y in 0..<height {
            var (best, start) = (0..<0, -1)
            for x in 0...width {
                let isFigure = x < width && figure.pixels[(y * width + x) * 4 + 3] > HeadFinder.alphaThreshold
                if isFigure, start < 0 { start = x }
                if !isFigure, start >= 0 {
                    if x - start > best.count { best = start..<x }
                    start = -1
                }
            }
            runs.append(best)
        }
        guard let first = runs.firstIndex(where: { $0.count > max(1, width / 256) }),
            let last = runs.lastIndex(where: { $0.count > max(1, width / 256) }), last - first >= HeadFinder.smallest
        else {
            throw PictureError(
                .noHead,
                "no head found: nothing of \(HeadFinder.smallest)×\(HeadFinder.smallest) pixels stands out")
        }
        top = Double(first)
        var widest = 0
        var neck: Int?
        for y in first...last {
            widest = max(widest, runs[y].count)
            // Twice as far down as the head is wide there is no chin any more.
            if y - first > 2 * widest { break }
            guard y - first > widest / 2, Double(runs[y].count) <= Self.neckShare * Double(widest) else { continue }
            neck = y
            break
        }
        if let neck {
            // Hair may end above the chin: the outline goes on narrowing down to the neck itself.
            let below = neck...min(last, neck + Int(Double(widest) * Self.jawShare))
            let narrowest = Double(below.map { runs[$0].count }.min() ?? 0)
            chin = Double(below.first { Double(runs[$0].count) <= Self.neckSlack * narrowest } ?? neck)
        } else {
            // Hair that falls over the neck: the head's width is that of its upper part.
            let upper = runs[first...min(last, first + (last - first) / 2)].map(\.count)
            let head = Double(upper.max() ?? 0) * Self.hiddenNeck
            chin = min(Double(last), top + head)
        }
        guard chin - top >= Double(HeadFinder.smallest) else {
            throw PictureError(.noHead, "no head found: the outline has none of \(HeadFinder.smallest) pixels or more")
        }
        let rows = runs[first..<Int(chin)].filter { !$0.isEmpty }
        middle = rows.reduce(0.0) { $0 + Double($1.lowerBound + $1.upperBound) / 2 } / Double(max(1, rows.count))
    }
}
