import AnimoKernelArguments
import CProcessor

/// Writes one row of a segment as `LoadRowArguments` describes.
func loadRow(_ arguments: LoadRowArguments) {
    let segment = arguments.segment
    let stored = StoredSource(source: segment.source, width: segment.width, channels: segment.channels)
    switch segment.kind {
    case .single:
        if let normalised = normalised(segment) {
            let isPacked = arguments.pixelStride == segment.channels && !arguments.keeps
            if arguments.geometry == .plain, isPacked {
                normaliseRow(arguments, normalised)
            } else {
                load(arguments, from: normalised)
            }
        } else if arguments.geometry == .plain, arguments.pixelStride == segment.channels, !arguments.keeps {
            copyRow(arguments)
        } else {
            load(arguments, from: stored)
        }
    case .sum:
        guard let other = normalisedOther(segment) else { return }
        if let first = normalised(segment) {
            load(arguments, from: SummedSource(first: first, second: other))
        } else {
            load(arguments, from: SummedSource(first: stored, second: other))
        }
    case .warped:
        guard let positions = segment.positions else { return }
        if segment.isOverZeros {
            let warped = WarpedOverZerosSource(
                source: segment.source, positions: positions, height: segment.height, width: segment.width,
                channels: segment.channels)
            return load(arguments, from: warped)
        }
        load(
            arguments,
            from: WarpedSource(
                source: segment.source, positions: positions, height: segment.height, width: segment.width,
                channels: segment.channels))
    }
}

/// A run of pixels side by side as they lie, normalised: scale and shift of up to four vectors of channels stay in
/// registers over all pixels. The row below, which is wanted next, is asked for meanwhile.
private func normaliseRow(_ arguments: LoadRowArguments, _ source: NormalisedSource) {
    let segment = arguments.segment
    let (channels, end) = (segment.channels, arguments.x + arguments.count)
    let inside = arguments.y >= 0 && arguments.y < segment.height
    let first = inside ? min(max(arguments.x, 0), end) : end
    let last = inside ? max(min(end, segment.width), first) : end
    zero(arguments.target, (first - arguments.x) * channels)
    zero(arguments.target + (last - arguments.x) * channels, (end - last) * channels)
    let run = NormalisedRun(
        source: source, from: segment.source + (arguments.y * segment.width + first) * channels,
        target: arguments.target + (first - arguments.x) * channels, pixels: last - first,
        below: segment.width * channels)
    var channel = 0
    while channel + 4 * lanes <= channels {
        run.four(channel)
        channel += 4 * lanes
    }
    if channel + 2 * lanes <= channels {
        run.two(channel)
        channel += 2 * lanes
    }
    while channel < channels {
        run.one(channel)
        channel += lanes
    }
}

/// Neighbouring pixels of one row.
private struct NormalisedRun {
    let source: NormalisedSource
    let from: UnsafePointer<Float>
    let target: UnsafeMutablePointer<Float>
    let pixels: Int
    /// Numbers from a pixel to the one below it.
    let below: Int

    @inline(__always)
    private func put(_ place: Int, _ scale: Vector, _ shift: Vector) {
        store(target + place, leaky(fused(load(from + place), scale, shift), source.slope))
    }

    @inline(__always)
    private func factors(_ channel: Int) -> (scale: Vector, shift: Vector) {
        (load(source.scale + channel), load(source.shift + channel))
    }

    @inline(__always)
    func one(_ channel: Int) {
        let (scale, shift) = factors(channel)
        var place = channel
        for _ in 0..<pixels {
            put(place, scale, shift)
            prefetch(from + place + below)
            place += source.channels
        }
    }

    @inline(__always)
    func two(_ channel: Int) {
        let (a, b) = (factors(channel), factors(channel + lanes))
        var place = channel
        for _ in 0..<pixels {
            put(place, a.scale, a.shift)
            put(place + lanes, b.scale, b.shift)
            prefetch(from + place + below)
            prefetch(from + place + below + lanes)
            place += source.channels
        }
    }

    @inline(__always)
    func four(_ channel: Int) {
        let (a, b) = (factors(channel), factors(channel + lanes))
        let (c, d) = (factors(channel + 2 * lanes), factors(channel + 3 * lanes))
        var place = channel
        for _ in 0..<pixels {
            put(place, a.scale, a.shift)
            put(place + lanes, b.scale, b.shift)
            put(place + 2 * lanes, c.scale, c.shift)
            put(place + 3 * lanes, d.scale, d.shift)
            for vector in 0..<4 { prefetch(from + place + below + vector * lanes) }
            place += source.channels
        }
    }
}

/// A run of stored pixels, side by side as they lie.
private func copyRow(_ arguments: LoadRowArguments) {
    let segment = arguments.segment
    let (channels, end) = (segment.channels, arguments.x + arguments.count)
    let inside = arguments.y >= 0 && arguments.y < segment.height
    let first = inside ? min(max(arguments.x, 0), end) : end
    let last = inside ? max(min(end, segment.width), first) : end
    zero(arguments.target, (first - arguments.x) * channels)
    (arguments.target + (first - arguments.x) * channels).update(
        from: segment.source + (arguments.y * segment.width + first) * channels, count: (last - first) * channels)
    zero(arguments.target + (last - arguments.x) * channels, (end - last) * channels)
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
private func load<Source: PixelSource>(_ arguments: LoadRowArguments, from source: Source) {
    let segment = arguments.segment
    let (channels, stride, y) = (segment.channels, arguments.pixelStride, arguments.y)
    let width = arguments.geometry.extent(of: segment.width)
    let depth = channels * arguments.geometry.depthFactor
    let inside = y >= 0 && y < arguments.geometry.extent(of: segment.height)
    var place = arguments.target
    for x in arguments.x..<(arguments.x + arguments.count) {
        defer { place += stride }
        guard inside, x >= 0, x < width else {
            zero(place, depth)
            continue
        }
        switch arguments.geometry {
        case .plain:
            let pixel = source.pixel(y, x)
            if arguments.keeps, let keep = segment.keep {
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
        case .upsampled:
            copy(source.pixel(y >> 1, x >> 1), channels, to: place)
        case .subsampled:
            copy(source.pixel(2 * y, 2 * x), channels, to: place)
        case .zeroInserted:
            if (y | x) & 1 == 0 {
                copy(source.pixel(y >> 1, x >> 1), channels, to: place)
            } else {
                zero(place, channels)
            }
        case .spaceToDepth:
            for quarter in 0..<4 {
                let (row, column) = (2 * y - 1 + quarter >> 1, 2 * x - 1 + quarter & 1)
                let part = place + quarter * channels
                if row >= 0, row < segment.height, column >= 0, column < segment.width {
                    copy(source.pixel(row, column), channels, to: part)
                } else {
                    zero(part, channels)
                }
            }
        case .averagePooled:
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
