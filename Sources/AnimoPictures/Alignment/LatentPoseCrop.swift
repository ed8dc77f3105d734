/// The crop that the pose encoder of Latent Pose Descriptors reads: a square 1.8 times a face detector's box, padded
/// where it leaves the picture, 256×256 pixels.
package enum LatentPoseCrop {
    /// Side of the cropped frame, in pixels.
    package static let side = 256
    private static let margin = 1.8
    /// Side of the largest square that is cut out of a picture as it is.
    private static let largestSquare = 1024

    /// Crops a picture, over white.
    ///
    /// With landmarks the detector's box is taken to be the one that holds all 68, or a standard face's where there are
    /// five. Where nothing is known the picture's centred square is taken to be such a crop already.
    /// - Throws: `badArgument` for a box that holds nothing or is absurd.
    package static func crop(_ picture: Picture, _ place: FacePlace) throws(PictureError) -> Picture {
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be cropped")
        }
        let flat = picture.overWhite()
        switch place {
        case .centred:
            let whole = Box(centredIn: picture)
            let square = PixelBox(
                left: Int(whole.x), top: Int(whole.y), right: Int(whole.x) + Int(whole.width),
                bottom: Int(whole.y) + Int(whole.width))
            return resized(flat.cut(square), isEnlarged: square.height < side)
        case .box(let box): return try crop(flat, detected: box)
        case .landmarks(let landmarks): return try crop(flat, detected: detectorBox(landmarks, in: picture))
        }
    }

    private static func crop(_ picture: Picture, detected box: Box) throws(PictureError) -> Picture {
        let most = Crop.reach * Double(max(picture.width, picture.height))
        let size = max(box.width, box.height)
        guard box.width >= 1, box.height >= 1, size <= most, abs(box.x) <= most, abs(box.y) <= most else {
            throw PictureError(
                .badArgument,
                "face box: expected sides of 1 to \(most) pixels near the picture, got "
                    + "\(box.width)×\(box.height) at \(box.x),\(box.y)")
        }
        // The published rule looks at the detector's box, so that a crop a little too large is shrunk unsmoothed.
        let isEnlarged = Double(side) > box.height
        // A square much larger than what is made of it is taken from a smaller picture, so that no box costs more.
        let shrink = max(1, (size * margin / Double(largestSquare)).rounded(.up))
        let near = shrink > 1 ? picture.shrunk(by: shrink) : picture
        let (scaleX, scaleY) = (
            Double(near.width) / Double(picture.width), Double(near.height) / Double(picture.height)
        )
        let (x, y) = ((box.x + box.width / 2) * scaleX, (box.y + box.height / 2) * scaleY)
        let reach = size / shrink * margin / 2
        let square = PixelBox(
            left: Int((x - reach).rounded(.down)), top: Int((y - reach).rounded(.down)),
            right: Int((x + reach).rounded(.up)) + 1, bottom: Int((y + reach).rounded(.up)) + 1)
        guard square.left < near.width, square.top < near.height, square.right > 0, square.bottom > 0 else {
            throw PictureError(
                .badArgument,
                "face box: \(box.x),\(box.y),\(box.width),\(box.height) lies outside the picture of "
                    + "\(picture.width)×\(picture.height)")
        }
        return loaded(resized(near.cutFaded(square), isEnlarged: isEnlarged))
    }

    /// As the published loader reads a crop: without its border of one pixel, padded anew, and shrunk by what that
    /// adds.
    private static func loaded(_ crop: Picture) -> Picture {
        let inner = crop.cut(PixelBox(left: 1, top: 1, right: side - 1, bottom: side - 1))
        let padded = inner.cutFaded(PixelBox(left: -1, top: -1, right: side, bottom: side))
        return resized(padded, isEnlarged: false)
    }

    /// OpenCV's cubic, which never smooths, or the mean of the area.
    private static func resized(_ picture: Picture, isEnlarged: Bool) -> Picture {
        if picture.width == side, picture.height == side { return picture }
        if isEnlarged { return picture.sharpResampled(side) }
        func plan(_ count: Int) -> AxisPlan {
            AxisPlan(
                count: side, offset: 0, scale: Double(count) / Double(side), visible: 0...Double(count))
        }
        return picture.resampled(columns: plan(picture.width), rows: plan(picture.height), background: nil)
    }

    /// A detector's box reaches from the brow to the chin.
    private static func detectorBox(_ landmarks: Landmarks, in picture: Picture) throws(PictureError) -> Box {
        if landmarks.points.count == 68 { return landmarks.box }
        // In units of the standard head: 0.8 to either side, 0.75 above its origin, 0.95 below.
        let transform = try Deep3DAlignment.align(picture, .landmarks(landmarks)).transform
        let unit = 102 / transform.scale
        return Box(
            x: transform.origin.x - 0.8 * unit,
            y: Double(picture.height - 1) - transform.origin.y - 0.75 * unit, width: 1.6 * unit, height: 1.7 * unit)
    }
}

extension Picture {
    /// The mean of squares of that many pixels a side.
    fileprivate func shrunk(by factor: Double) -> Picture {
        func plan(_ count: Int) -> AxisPlan {
            let target = max(1, Int((Double(count) / factor).rounded()))
            return AxisPlan(
                count: target, offset: 0, scale: Double(count) / Double(target), visible: 0...Double(count))
        }
        return resampled(columns: plan(width), rows: plan(height), background: nil)
    }
}

/// Whole pixels; right and bottom are the first ones outside.
struct PixelBox {
    /// First column.
    var left: Int
    /// First row.
    var top: Int
    /// First column outside.
    var right: Int
    /// First row outside.
    var bottom: Int

    /// Columns.
    var width: Int { right - left }
    /// Rows.
    var height: Int { bottom - top }
}
