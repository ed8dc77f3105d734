/// Cuts a figure out of a plain ground.
enum CutOut {
    /// Pixels into the figure that the ground's light reaches.
    private static let rim = 2

    /// The picture as it is where it has clear pixels, else without what hangs together with its border in the border's
    /// own colour. The rim takes its colour from inside: a light rim would follow every move.
    ///
    /// - Throws: `noHead` where the ground is not plain.
    static func figure(of picture: Picture) throws(PictureError) -> Picture {
        if picture.hasClearPixels { return picture }
        let flat = picture.overWhite()
        let (width, height) = (picture.width, picture.height)
        guard let ground = HeadFinder.plainBorder(of: flat) else {
            throw PictureError(
                .noHead,
                "no figure found: the background is neither clear nor of one colour; cut the figure out, or name a box")
        }
        func isGround(_ place: Int) -> Bool {
            (0..<3).allSatisfy { abs(Int(flat.pixels[3 * place + $0]) - ground[$0]) <= HeadFinder.contentThreshold }
        }
        var isClear = [Bool](repeating: false, count: width * height)
        var open: [Int] = []
        func visit(_ place: Int) {
            guard !isClear[place], isGround(place) else { return }
            isClear[place] = true
            open.append(place)
        }
        for x in 0..<width {
            visit(x)
            visit((height - 1) * width + x)
        }
        for y in 0..<height {
            visit(y * width)
            visit(y * width + width - 1)
        }
        while let place = open.popLast() {
            let (x, y) = (place % width, place / width)
            if x > 0 { visit(place - 1) }
            if x + 1 < width { visit(place + 1) }
            if y > 0 { visit(place - width) }
            if y + 1 < height { visit(place + width) }
        }
        guard isClear.contains(false) else {
            throw PictureError(.noHead, "no figure found: nothing stands out from the background")
        }
        return Picture(
            width: width, height: height, layout: .rgba, pixels: coloured(flat, isClear, width: width, height: height))
    }

    /// RGBA, the figure's rim in the colours of what lies behind it.
    private static func coloured(_ flat: Picture, _ isClear: [Bool], width: Int, height: Int) -> [UInt8] {
        // Depth inside the figure: 0 is clear, more than the rim keeps its own colour.
        var depth = isClear.map { $0 ? 0 : rim + 1 }
        for step in 1...rim {
            for place in depth.indices where depth[place] == rim + 1 {
                let (x, y) = (place % width, place / width)
                let isNext =
                    x > 0 && depth[place - 1] == step - 1 || x + 1 < width && depth[place + 1] == step - 1
                    || y > 0 && depth[place - width] == step - 1 || y + 1 < height && depth[place + width] == step - 1
                if isNext { depth[place] = step }
            }
        }
        var pixels = [UInt8](repeating: 0, count: width * height * 4)
        for place in depth.indices where depth[place] > 0 {
            var from = place
            if depth[place] <= rim { from = inside(of: place, depth, width: width, height: height) ?? place }
            for channel in 0..<3 { pixels[4 * place + channel] = flat.pixels[3 * from + channel] }
            pixels[4 * place + 3] = 255
        }
        return pixels
    }

    /// The nearest pixel behind the rim, at most three away.
    private static func inside(of place: Int, _ depth: [Int], width: Int, height: Int) -> Int? {
        let (x, y) = (place % width, place / width)
        var best: (distance: Int, place: Int)?
        for dy in -(rim + 1)...(rim + 1) {
            for dx in -(rim + 1)...(rim + 1) {
                let (column, row) = (x + dx, y + dy)
                guard column >= 0, column < width, row >= 0, row < height else { continue }
                let other = row * width + column
                let distance = dx * dx + dy * dy
                guard depth[other] > rim, distance < best?.distance ?? .max else { continue }
                best = (distance, other)
            }
        }
        return best?.place
    }
}
