import AnimoKernelTypes

/// Writes one row of a segment as `RowLoad` describes.
func loadRow(_ order: RowLoad) {
    let segment = order.segment
    let stored = StoredSource(source: segment.source, width: segment.width, channels: segment.channels)
    switch segment.kind {
    case .single:
        if let normalised = normalised(segment) {
            load(order, from: normalised)
        } else if order.geometry == .plain, order.pixelStride == segment.channels, !order.keeps {
            copyRow(order)
        } else {
            load(order, from: stored)
        }
    case .sum:
        guard let other = normalisedOther(segment) else { return }
        if let first = normalised(segment) {
            load(order, from: SummedSource(first: first, second: other))
        } else {
            load(order, from: SummedSource(first: stored, second: other))
        }
    case .warped:
        guard let positions = segment.positions else { return }
        if segment.isOverZeros {
            let warped = WarpedOverZerosSource(
                source: segment.source, positions: positions, height: segment.height, width: segment.width,
                channels: segment.channels)
            return load(order, from: warped)
        }
        load(
            order,
            from: WarpedSource(
                source: segment.source, positions: positions, height: segment.height, width: segment.width,
                channels: segment.channels))
    }
}

/// A run of stored pixels, side by side as they lie.
private func copyRow(_ order: RowLoad) {
    let segment = order.segment
    let (channels, end) = (segment.channels, order.x + order.count)
    let inside = order.y >= 0 && order.y < segment.height
    let first = inside ? min(max(order.x, 0), end) : end
    let last = inside ? max(min(end, segment.width), first) : end
    zero(order.target, (first - order.x) * channels)
    (order.target + (first - order.x) * channels).update(
        from: segment.source + (order.y * segment.width + first) * channels, count: (last - first) * channels)
    zero(order.target + (last - order.x) * channels, (end - last) * channels)
}

@inline(__always)
private func normalised(_ segment: Segment) -> NormalisedSource? {
    guard let scale = segment.scale, let shift = segment.shift else { return nil }
    return NormalisedSource(
        source: segment.source, scale: scale, shift: shift, slope: Vector(repeating: segment.slope),
        width: segment.width, channels: segment.channels)
}

@inline(__always)
private func normalisedOther(_ segment: Segment) -> NormalisedSource? {
    guard let other = segment.other, let scale = segment.otherScale, let shift = segment.otherShift else {
        return nil
    }
    return NormalisedSource(
        source: other, scale: scale, shift: shift, slope: Vector(repeating: segment.otherSlope),
        width: segment.width, channels: segment.channels)
}

@inline(__always)
private func zero(_ place: UnsafeMutablePointer<Float>, _ channels: Int) {
    var channel = 0
    while channel < channels {
        store(place + channel, .zero)
        channel += lanes
    }
}

@inline(__always)
private func copy(_ pixel: some PixelValue, _ channels: Int, to place: UnsafeMutablePointer<Float>) {
    var channel = 0
    while channel < channels {
        store(place + channel, pixel.vector(channel))
        channel += lanes
    }
}

@inline(__always)
private func load<Source: PixelSource>(_ order: RowLoad, from source: Source) {
    let segment = order.segment
    let (channels, stride, y) = (segment.channels, order.pixelStride, order.y)
    let width = order.geometry.extent(of: segment.width)
    let depth = channels * order.geometry.depthFactor
    let inside = y >= 0 && y < order.geometry.extent(of: segment.height)
    var place = order.target
    for x in order.x..<(order.x + order.count) {
        defer { place += stride }
        guard inside, x >= 0, x < width else {
            zero(place, depth)
            continue
        }
        switch order.geometry {
        case .plain:
            let pixel = source.pixel(y, x)
            if order.keeps, let keep = segment.keep {
                let kept = keep + (y * segment.width + x) * channels
                var channel = 0
                while channel < channels {
                    let value = pixel.vector(channel)
                    store(place + channel, value)
                    store(kept + channel, value)
                    channel += lanes
                }
            } else {
                copy(pixel, channels, to: place)
            }
        case .doubled:
            copy(source.pixel(y >> 1, x >> 1), channels, to: place)
        case .thinned:
            copy(source.pixel(2 * y, 2 * x), channels, to: place)
        case .stuffed:
            if (y | x) & 1 == 0 {
                copy(source.pixel(y >> 1, x >> 1), channels, to: place)
            } else {
                zero(place, channels)
            }
        case .gathered:
            for quarter in 0..<4 {
                let (row, column) = (2 * y - 1 + quarter >> 1, 2 * x - 1 + quarter & 1)
                let part = place + quarter * channels
                if row >= 0, row < segment.height, column >= 0, column < segment.width {
                    copy(source.pixel(row, column), channels, to: part)
                } else {
                    zero(part, channels)
                }
            }
        case .halved:
            let (a, b) = (source.pixel(2 * y, 2 * x), source.pixel(2 * y, 2 * x + 1))
            let (c, d) = (source.pixel(2 * y + 1, 2 * x), source.pixel(2 * y + 1, 2 * x + 1))
            var channel = 0
            while channel < channels {
                let sum = (a.vector(channel) + b.vector(channel)) + (c.vector(channel) + d.vector(channel))
                store(place + channel, sum * 0.25)
                channel += lanes
            }
        }
    }
}
