/// A picture of any size → the square a network reads, and back.
package enum Preparation {
    /// Largest side that is prepared.
    package static let largestSide = 8192

    /// Makes a picture ready: crop, over white, resized (area when shrinking, bicubic when enlarging) with its aspect
    /// kept, padded to a square.
    ///
    /// A picture that already has that size passes bit for bit.
    /// - Parameters:
    ///   - side: of the square, in pixels.
    ///   - background: what surrounds the picture in the square.
    /// - Returns: an RGB picture of side × side and where it lies in the original.
    package static func prepare(
        _ picture: Picture, crop: Crop = .none, side: Int, background: Background
    ) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
        guard (1...largestSide).contains(side) else {
            throw PictureError(.badArgument, "the prepared side is \(side), expected 1 … \(largestSide)")
        }
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be prepared")
        }
        let region = try crop.region(of: picture)
        let transform = place(region, of: picture, in: side)
        let visible = region.clipped(toWidth: picture.width, height: picture.height)
        let plans = plans(visible, at: transform, side: side)
        return (resampled(picture, plans, at: transform, background: background), transform)
    }

    /// The picture that lies at `transform` in another, as ``prepare(_:crop:side:background:)`` made it.
    package static func picture(of original: Picture, at transform: CropTransform, background: Background) -> Picture? {
        guard let plans = plans(of: original, at: transform) else { return nil }
        return resampled(original, plans, at: transform, background: background)
    }

    /// Resampling of the original into the square at `transform`; nil where they have nothing in common.
    static func plans(of original: Picture, at transform: CropTransform) -> (columns: AxisPlan, rows: AxisPlan)? {
        let side = transform.width
        guard (1...largestSide).contains(side), transform.height == side, original.width > 0, original.height > 0,
            (1e-4...1e4).contains(transform.scaleX), (1e-4...1e4).contains(transform.scaleY),
            abs(transform.offsetX) < 1e6, abs(transform.offsetY) < 1e6
        else { return nil }
        let (scaleX, scaleY) = (transform.scaleX, transform.scaleY)
        let visible = Box(
            x: transform.offsetX + transform.content.x * scaleX, y: transform.offsetY + transform.content.y * scaleY,
            width: transform.content.width * scaleX, height: transform.content.height * scaleY
        ).clipped(toWidth: original.width, height: original.height)
        guard visible.width > 0, visible.height > 0 else { return nil }
        return plans(visible, at: transform, side: side)
    }

    private static func plans(
        _ visible: Box, at transform: CropTransform, side: Int
    ) -> (columns: AxisPlan, rows: AxisPlan) {
        (
            AxisPlan(
                count: side, offset: transform.offsetX, scale: transform.scaleX,
                visible: visible.x...(visible.x + visible.width)),
            AxisPlan(
                count: side, offset: transform.offsetY, scale: transform.scaleY,
                visible: visible.y...(visible.y + visible.height))
        )
    }

    private static func resampled(
        _ picture: Picture, _ plans: (columns: AxisPlan, rows: AxisPlan), at transform: CropTransform,
        background: Background
    ) -> Picture {
        let flat = picture.overWhite()
        if transform.isIdentity(for: picture) { return flat }
        return flat.resampled(
            columns: plans.columns, rows: plans.rows, background: background == .white ? 255 : nil)
    }

    /// The side that `--size source` means: the cropped picture's longer side, rounded to a multiple of 32.
    package static func sideOfSource(
        _ picture: Picture, crop: Crop = .none, step: Int = 32
    ) throws(PictureError) -> Int {
        let region = try crop.region(of: picture)
        return max(Int((max(region.width, region.height) / Double(step)).rounded()), 1) * step
    }

    /// Centres `region` in the square; its sides there are whole pixels.
    static func place(_ region: Box, of picture: Picture, in side: Int) -> CropTransform {
        let shrink = Double(side) / max(region.width, region.height)
        let width = max((region.width * shrink).rounded(), 1)
        let height = max((region.height * shrink).rounded(), 1)
        let (scaleX, scaleY) = (region.width / width, region.height / height)
        let offsetX = region.x - ((Double(side) - width) / 2).rounded(.down) * scaleX
        let offsetY = region.y - ((Double(side) - height) / 2).rounded(.down) * scaleY
        let visible = region.clipped(toWidth: picture.width, height: picture.height)
        let content = Box(
            x: (visible.x - offsetX) / scaleX, y: (visible.y - offsetY) / scaleY, width: visible.width / scaleX,
            height: visible.height / scaleY)
        return CropTransform(
            scaleX: scaleX, scaleY: scaleY, offsetX: offsetX, offsetY: offsetY, width: side, height: side,
            content: content)
    }
}

extension Box {
    /// The part within a picture of this size, of no area where it lies outside.
    func clipped(toWidth width: Int, height: Int) -> Box {
        let (left, top) = (max(x, 0), max(y, 0))
        return Box(
            x: left, y: top, width: max(min(x + self.width, Double(width)) - left, 0),
            height: max(min(y + self.height, Double(height)) - top, 0))
    }
}

extension CropTransform {
    /// Whether it is the whole picture at its own size.
    func isIdentity(for picture: Picture) -> Bool {
        scaleX == 1 && scaleY == 1 && offsetX == 0 && offsetY == 0 && width == picture.width
            && height == picture.height
    }
}
