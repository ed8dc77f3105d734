/// `--crop auto`: the head is what stands out from a transparent or plain background. No detector: a photograph with
/// anything behind the head is refused.
enum HeadFinder {
    /// Margins of the demo's neutral heads as parts of the square's side, a mean over six of them: 24 and 29 pixels of
    /// 256. Below they have none, the bust being cut by the picture's edge.
    static let topMargin = 24.0 / 256
    /// Margin left and right of the head, as a part of the square's side.
    static let sideMargin = 29.0 / 256

    /// Alpha above this is content.
    static let alphaThreshold: UInt8 = 8
    /// Border pixels this near to their median are of the border's colour …
    static let borderTolerance = 12
    /// … and inside the picture what differs more than this is content.
    static let contentThreshold = 24
    /// Part of the border (top and both sides; the bust cuts the bottom) that must be of one colour.
    static let plainShare = 0.85
    /// Smallest side of a head, in pixels.
    static let smallest = 16

    /// The square around the head, in pixels of the picture; it may reach beyond it.
    ///
    /// - Throws: `noHead`, saying what was looked for.
    static func square(in picture: Picture) throws(PictureError) -> Box {
        let (left, top, right, bottom) = try contentBox(of: picture)
        let (width, height) = (Double(right - left), Double(bottom - top))
        let side = max(width / (1 - 2 * sideMargin), height / (1 - topMargin)).rounded()
        return Box(
            x: ((Double(left + right) - side) / 2).rounded(), y: Double(bottom) - side, width: side, height: side)
    }

    private static func contentBox(
        of picture: Picture
    ) throws(PictureError) -> (left: Int, top: Int, right: Int, bottom: Int) {
        let mask = try contentMask(of: picture)
        var columns = [Int](repeating: 0, count: picture.width)
        var rows = [Int](repeating: 0, count: picture.height)
        for y in 0..<picture.height {
            for x in 0..<picture.width where mask[y * picture.width + x] {
                columns[x] += 1
                rows[y] += 1
            }
        }
        // A speck in an otherwise empty row is dirt, not hair.
        guard let left = columns.firstIndex(where: { $0 > picture.height / 256 }),
            let right = columns.lastIndex(where: { $0 > picture.height / 256 }),
            let top = rows.firstIndex(where: { $0 > picture.width / 256 }),
            let bottom = rows.lastIndex(where: { $0 > picture.width / 256 }),
            right - left + 1 >= smallest, bottom - top + 1 >= smallest
        else {
            throw PictureError(.noHead, "no head found: nothing of \(smallest)×\(smallest) pixels stands out")
        }
        return (left, top, right + 1, bottom + 1)
    }

    private static func contentMask(of picture: Picture) throws(PictureError) -> [Bool] {
        let count = picture.width * picture.height
        if picture.layout == .rgba {
            let mask = (0..<count).map { picture.pixels[4 * $0 + 3] > alphaThreshold }
            if mask.contains(false) { return mask }
        }
        let flat = picture.overWhite()
        guard let border = plainBorder(of: flat) else {
            throw PictureError(
                .noHead, "no head found: the background is neither transparent nor of one colour; name a box instead")
        }
        return (0..<count).map { i in
            (0..<3).contains { abs(Int(flat.pixels[3 * i + $0]) - border[$0]) > contentThreshold }
        }
    }

    /// The colour of the border, where it has one.
    static func plainBorder(of picture: Picture) -> [Int]? {
        let (width, height) = (picture.width, picture.height)
        var places = Array(0..<width)
        for y in 1..<max(height, 2) where y < height { places += [y * width, y * width + width - 1] }
        let median = (0..<3).map { c in
            places.map { Int(picture.pixels[3 * $0 + c]) }.sorted()[places.count / 2]
        }
        let plain = places.count { place in
            (0..<3).allSatisfy { abs(Int(picture.pixels[3 * place + $0]) - median[$0]) <= borderTolerance }
        }
        return Double(plain) >= plainShare * Double(places.count) ? median : nil
    }
}
