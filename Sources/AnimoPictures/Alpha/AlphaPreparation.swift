extension Preparation {
    /// Makes a picture with alpha ready for networks that read alpha: placed, resized on premultiplied colour (area
    /// when shrinking, bicubic when enlarging) on a clear square.
    ///
    /// A picture that already has that size, and is not to be placed, passes bit for bit. An opaque picture before a
    /// plain ground is cut out of it where it is to be placed.
    /// - Parameters:
    ///   - side: of the square, in pixels.
    ///   - placement: where a figure's head is to be in the square.
    ///   - irises: the eyes' middles in pixels of the picture, where they are known.
    /// - Returns: an RGBA picture of side × side and where it lies in the original.
    /// - Throws: `noHead` where there is no alpha and no plain ground, or no head is found in the outline.
    package static func prepareClear(
        _ picture: Picture, crop: Crop = .none, side: Int, placement: FigurePlacement,
        irises: (SIMD2<Double>, SIMD2<Double>)? = nil
    ) throws(PictureError) -> (picture: Picture, transform: CropTransform) {
        guard (1...largestSide).contains(side) else {
            throw PictureError(.badArgument, "the prepared side is \(side), expected 1 … \(largestSide)")
        }
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be prepared")
        }
        let figure: Picture
        var transform: CropTransform
        if crop == .auto {
            figure = try CutOut.figure(of: picture)
            transform = try placement.transform(of: figure, side: side, irises: irises)
        } else {
            guard picture.hasClearPixels else {
                throw PictureError(
                    .noHead,
                    "expected a figure on a clear ground (alpha 0), got an opaque picture; crop auto cuts one out of a "
                        + "plain ground")
            }
            figure = picture
            transform = place(try crop.region(of: picture), of: picture, in: side)
        }
        let content = transform.content
        let visibleX = max(0, transform.offsetX + content.x * transform.scaleX)
        let visibleY = max(0, transform.offsetY + content.y * transform.scaleY)
        if transform.isIdentity(for: figure) { return (figure, transform) }
        let columns = AxisPlan(
            count: side, offset: transform.offsetX, scale: transform.scaleX,
            visible: visibleX...max(visibleX, min(Double(picture.width), visibleX + content.width * transform.scaleX)))
        let rows = AxisPlan(
            count: side, offset: transform.offsetY, scale: transform.scaleY,
            visible: visibleY...max(visibleY, min(Double(picture.height), visibleY + content.height * transform.scaleY))
        )
        return (figure.resampledClear(columns: columns, rows: rows), transform)
    }
}

extension Picture {
    /// The figure that lies at `transform` in a picture with alpha, RGBA, resized on premultiplied colour as
    /// ``Preparation/picture(of:at:background:)`` resizes it over white.
    ///
    /// - Parameter background: white leaves what the picture does not cover clear, edge continues it.
    /// - Returns: nil where everything there is opaque.
    package func figure(at transform: CropTransform, background: Background) -> Picture? {
        guard layout == .rgba, hasTranslucentPixels,
            let plans = Preparation.plans(of: self, at: transform)
        else { return nil }
        let figure =
            transform.isIdentity(for: self)
            ? self
            : resampledClear(columns: plans.columns, rows: plans.rows, continuesEdge: background == .edge)
        return figure.hasTranslucentPixels ? figure : nil
    }

    /// Indicates whether some of it is not opaque.
    private var hasTranslucentPixels: Bool {
        stride(from: 3, to: pixels.count, by: 4).contains { pixels[$0] < 255 }
    }
}

extension Picture {
    /// Indicates whether some of it is clear: an alpha of 0 somewhere.
    package var hasClearPixels: Bool {
        layout == .rgba && stride(from: 3, to: pixels.count, by: 4).contains { pixels[$0] == 0 }
    }

    /// Resizes an RGBA picture on premultiplied colour.
    ///
    /// - Parameter continuesEdge: else what the plans leave uncovered is clear.
    func resampledClear(columns: AxisPlan, rows: AxisPlan, continuesEdge: Bool = false) -> Picture {
        let (newWidth, newHeight) = (columns.first.count, rows.first.count)
        let span = columns.range
        var sum = [SIMD4<Float>](repeating: .zero, count: span.count)
        var target = [UInt8](repeating: 0, count: newWidth * newHeight * 4)
        for y in 0..<newHeight {
            for place in sum.indices { sum[place] = .zero }
            for tap in 0..<rows.taps[y] {
                let weight = rows.weights[y * rows.stride + tap]
                let row = (rows.first[y] + tap) * width + span.lowerBound
                for place in sum.indices {
                    let from = (row + place) * 4
                    let alpha = Float(pixels[from + 3])
                    let share = alpha * weight
                    sum[place] +=
                        SIMD4(
                            Float(pixels[from]), Float(pixels[from + 1]), Float(pixels[from + 2]), 1) * share
                }
            }
            for x in 0..<newWidth {
                var value = SIMD4<Float>.zero
                for tap in 0..<columns.taps[x] {
                    value +=
                        sum[columns.first[x] + tap - span.lowerBound] * columns.weights[x * columns.stride + tap]
                }
                if !continuesEdge { value *= rows.coverage[y] * columns.coverage[x] }
                let alpha = UInt8(min(max(value.w, 0), 255) + 0.5)
                guard alpha > 0 else { continue }
                let place = (y * newWidth + x) * 4
                for channel in 0..<3 {
                    target[place + channel] = UInt8(min(max(value[channel] / value.w, 0), 255) + 0.5)
                }
                target[place + 3] = alpha
            }
        }
        return Picture(width: newWidth, height: newHeight, layout: .rgba, pixels: target)
    }
}
