extension Preparation {
    /// Width of the soft edge as a part of the pasted rectangle's shorter side, where none is asked for.
    package static let usualFeather = 0.08

    /// Puts a rendered picture back at the original's place and size.
    ///
    /// Outside the mask every byte stays as it was. The mask is 1 inside, falls smoothly to 0 at the rectangle's edges,
    /// and stays 1 where an edge of the rectangle is the original's own. An opaque one keeps the original's alpha;
    /// where it is partial the colour is chosen so that over white it looks as rendered.
    ///
    /// A rendered picture with alpha replaces the original's figure within the rectangle, clear ground included.
    ///
    /// - Parameters:
    ///   - rendered: what the network rendered, of any size.
    ///   - transform: where the prepared source lies in the original.
    ///   - feather: width of the soft edge as a part of the rectangle's shorter side.
    package static func pasteBack(
        _ rendered: Picture, onto original: Picture, at transform: CropTransform, feather: Double = usualFeather
    ) -> Picture {
        if rendered.layout == .rgba {
            return replaceFigure(with: rendered, in: original, at: transform, feather: feather)
        }
        guard let (columns, rows) = axes(of: rendered, in: original, at: transform) else { return original }
        let patch = rendered.resampled(columns: columns.plan, rows: rows.plan, background: nil)
        let feather = max(feather * min(columns.length, rows.length), 1)
        let (maskX, maskY) = (columns.mask(feather: feather), rows.mask(feather: feather))
        var pasted = original
        let n = original.layout.channels
        pasted.pixels.withUnsafeMutableBufferPointer { pixels in
            patch.pixels.withUnsafeBufferPointer { patch in
                for y in 0..<maskY.count {
                    let line = ((rows.first + y) * original.width + columns.first) * n
                    for x in 0..<maskX.count {
                        let share = maskX[x] * maskY[y]
                        if share <= 0 { continue }
                        let (place, from) = (line + x * n, (y * maskX.count + x) * 3)
                        let alpha = n == 4 ? pixels[place + 3] : 255
                        if alpha == 255 {
                            for c in 0..<3 { mix(&pixels[place + c], patch[from + c], share) }
                        } else if alpha > 0 {
                            for c in 0..<3 { mix(&pixels[place + c], patch[from + c], share, under: alpha) }
                        }
                    }
                }
            }
        }
        return pasted
    }

    /// Puts a rendered figure with alpha in the place of the original's: within the rectangle the original is what was
    /// rendered, clear ground and all, and as it was outside; before an opaque original's plain ground, or white, where
    /// it has no alpha.
    private static func replaceFigure(
        with rendered: Picture, in original: Picture, at transform: CropTransform, feather: Double
    ) -> Picture {
        guard let (columns, rows) = axes(of: rendered, in: original, at: transform) else { return original }
        var patch = rendered.resampledClear(columns: columns.plan, rows: rows.plan)
        let isClear = original.hasClearPixels
        if !isClear {
            let ground = HeadFinder.plainBorder(of: original.overWhite()).map { $0.map { UInt8(clamping: $0) } }
            patch = patch.over(ground.map { .colour(red: $0[0], green: $0[1], blue: $0[2]) } ?? .white)
        }
        let feather = max(feather * min(columns.length, rows.length), 1)
        let (maskX, maskY) = (columns.mask(feather: feather), rows.mask(feather: feather))
        var pasted = original
        let (n, m) = (original.layout.channels, patch.layout.channels)
        for y in 0..<maskY.count {
            for x in 0..<maskX.count {
                let share = maskX[x] * maskY[y]
                if share <= 0 { continue }
                let at = ((rows.first + y) * original.width + columns.first + x) * n
                let from = (y * maskX.count + x) * m
                guard isClear else {
                    for c in 0..<3 { mix(&pasted.pixels[at + c], patch.pixels[from + c], share) }
                    if n == 4 { pasted.pixels[at + 3] = 255 }
                    continue
                }
                let (old, new) = (Float(pasted.pixels[at + 3]), Float(patch.pixels[from + 3]))
                let alpha = old + (new - old) * share
                for c in 0..<3 {
                    let before = Float(pasted.pixels[at + c]) * old * (1 - share)
                    let after = Float(patch.pixels[from + c]) * new * share
                    pasted.pixels[at + c] = alpha > 0 ? UInt8(min((before + after) / alpha, 255) + 0.5) : 0
                }
                pasted.pixels[at + 3] = UInt8(min(max(alpha, 0), 255) + 0.5)
            }
        }
        return pasted
    }

    /// Columns and rows of a paste; nil where nothing of the picture falls into the original.
    private static func axes(
        of rendered: Picture, in original: Picture, at transform: CropTransform
    ) -> (columns: PasteAxis, rows: PasteAxis)? {
        let place = transform.scaled(toWidth: rendered.width, height: rendered.height)
        guard
            let columns = PasteAxis(
                place.offsetX, place.scaleX, content: (place.content.x, place.content.width), rendered.width,
                original.width),
            let rows = PasteAxis(
                place.offsetY, place.scaleY, content: (place.content.y, place.content.height), rendered.height,
                original.height)
        else { return nil }
        return (columns, rows)
    }

    @inline(__always)
    private static func mix(_ old: inout UInt8, _ new: UInt8, _ share: Float) {
        old = share >= 1 ? new : UInt8(Float(old) + (Float(new) - Float(old)) * share + 0.5)
    }

    /// Mixes what is seen over white, then takes the white out again: colour = (seen − (255 − alpha)) · 255 / alpha.
    @inline(__always)
    private static func mix(_ old: inout UInt8, _ new: UInt8, _ share: Float, under alpha: UInt8) {
        let (a, white) = (Float(alpha) / 255, Float(255 - alpha))
        let seen = Float(old) * a + white
        let colour = (seen + (Float(new) - seen) * share - white) / a
        old = UInt8(min(max(colour, 0), 255) + 0.5)
    }
}

/// One axis of a paste: which pixels of the original are touched, and how each is made from the rendered picture.
struct PasteAxis {
    /// Place in the original at which the prepared picture begins, in its pixels.
    let offset: Double
    /// Pixels of the original to one of the prepared picture.
    let scale: Double
    /// Resampling of the rendered picture to the touched pixels.
    let plan: AxisPlan
    /// First touched pixel of the original.
    let first: Int
    /// The pasted span in the original's pixels.
    let span: ClosedRange<Double>
    /// Whether each end lies within the original; else it is the original's own edge.
    let openEnds: (low: Bool, high: Bool)

    /// Length of the span, in pixels of the original.
    var length: Double { span.upperBound - span.lowerBound }

    /// - Parameters:
    ///   - content: part of the prepared picture that holds the original, in its pixels.
    ///   - rendered: pixels of the rendered picture.
    ///   - original: pixels of the original.
    /// - Returns: nil where the two have nothing in common.
    init?(
        _ offset: Double, _ scale: Double, content: (start: Double, length: Double), _ rendered: Int, _ original: Int
    ) {
        let low = max(content.start, 0)
        let high = min(content.start + content.length, Double(rendered))
        guard (1e-4...1e6).contains(scale), offset.isFinite, low.isFinite, high.isFinite, high > low else { return nil }
        let from = max(offset + low * scale, 0)
        let to = min(offset + high * scale, Double(original))
        guard to > from else { return nil }
        first = Int((from + 1e-6).rounded(.down))
        let last = min(Int((to - 1e-6).rounded(.up)), original)
        guard last > first else { return nil }
        (self.offset, self.scale) = (offset, scale)
        span = from...to
        openEnds = (from > 0.5, to < Double(original) - 0.5)
        plan = AxisPlan(
            count: last - first, offset: (Double(first) - offset) / scale, scale: 1 / scale, visible: low...high)
    }

    /// The mask along this axis, one number for each touched pixel.
    func mask(feather: Double) -> [Float] {
        (0..<plan.first.count).map { i in
            let centre = Double(first + i) + 0.5
            let low = openEnds.low ? Self.rise((centre - span.lowerBound) / feather) : 1
            let high = openEnds.high ? Self.rise((span.upperBound - centre) / feather) : 1
            return Float(low * high)
        }
    }

    /// 0 below 0, 1 above 1, smooth between.
    private static func rise(_ t: Double) -> Double {
        let t = min(max(t, 0), 1)
        return t * t * (3 - 2 * t)
    }
}
