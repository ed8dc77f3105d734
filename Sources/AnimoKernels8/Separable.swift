import AnimoKernelArguments

/// One row of the depthwise half of a separable convolution: a vector of channels of a few pixels at a time.
func separableRow(_ arguments: SeparableRowArguments) {
    switch (arguments.taps, arguments.step == arguments.pixel) {
    case (2, true): slidingRow(arguments, taps: 2)
    case (3, true): slidingRow(arguments, taps: 3)
    default: plainRow(arguments)
    }
}

/// Two or three taps at stride 1: neighbouring outputs share their loads, and the weights stay in registers.
@inline(__always)
private func slidingRow(_ arguments: SeparableRowArguments, taps: Int) {
    let (pixel, pitch, step) = (arguments.pixel, arguments.pitch, arguments.outputStep)
    var channel = 0
    while channel < arguments.channels {
        let first = arguments.weights + channel
        let (w0, w1) = (load(first), load(first + arguments.channels))
        let (w2, w3) = (load(first + 2 * arguments.channels), load(first + 3 * arguments.channels))
        var (w4, w5, w6, w7, w8) = (w0, w0, w0, w0, w0)
        if taps == 3 {
            w4 = load(first + 4 * arguments.channels)
            w5 = load(first + 5 * arguments.channels)
            w6 = load(first + 6 * arguments.channels)
            w7 = load(first + 7 * arguments.channels)
            w8 = load(first + 8 * arguments.channels)
        }
        @inline(__always)
        func line(
            _ place: UnsafePointer<Float>, _ a: Vector, _ b: Vector, _ c: Vector,
            _ sums: inout (Vector, Vector, Vector, Vector)
        ) {
            let (x0, x1, x2) = (load(place), load(place + pixel), load(place + 2 * pixel))
            let (x3, x4) = (load(place + 3 * pixel), load(place + 4 * pixel))
            sums.0 = fused(x1, b, fused(x0, a, sums.0))
            sums.1 = fused(x2, b, fused(x1, a, sums.1))
            sums.2 = fused(x3, b, fused(x2, a, sums.2))
            sums.3 = fused(x4, b, fused(x3, a, sums.3))
            if taps == 3 {
                let x5 = load(place + 5 * pixel)
                sums.0 = fused(x2, c, sums.0)
                sums.1 = fused(x3, c, sums.1)
                sums.2 = fused(x4, c, sums.2)
                sums.3 = fused(x5, c, sums.3)
            }
        }
        var x = 0
        #if ANIMO_WIDE
            // A multiply-add takes four cycles and two start in each: eight sums must be under way, and 32 registers
            // hold them beside the weights.
            while arguments.width - x >= 8 {
                var sums = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
                var more = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
                let input = arguments.input + x * pixel + channel
                if taps == 3 {
                    line(input, w0, w1, w2, &sums)
                    line(input + 4 * pixel, w0, w1, w2, &more)
                    line(input + pitch, w3, w4, w5, &sums)
                    line(input + pitch + 4 * pixel, w3, w4, w5, &more)
                    line(input + 2 * pitch, w6, w7, w8, &sums)
                    line(input + 2 * pitch + 4 * pixel, w6, w7, w8, &more)
                } else {
                    line(input, w0, w1, w0, &sums)
                    line(input + 4 * pixel, w0, w1, w0, &more)
                    line(input + pitch, w2, w3, w0, &sums)
                    line(input + pitch + 4 * pixel, w2, w3, w0, &more)
                }
                let target = arguments.output + x * step + channel
                save(sums, target, step)
                save(more, target + 4 * step, step)
                x += 8
            }
        #endif
        while arguments.width - x >= 4 {
            var sums = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
            let input = arguments.input + x * pixel + channel
            if taps == 3 {
                line(input, w0, w1, w2, &sums)
                line(input + pitch, w3, w4, w5, &sums)
                line(input + 2 * pitch, w6, w7, w8, &sums)
            } else {
                line(input, w0, w1, w0, &sums)
                line(input + pitch, w2, w3, w0, &sums)
            }
            save(sums, arguments.output + x * step + channel, step)
            x += 4
        }
        while x < arguments.width {
            onePixel(arguments, channel, x)
            x += 1
        }
        channel += lanes
    }
}

/// Any taps at any stride.
@inline(__always)
private func plainRow(_ arguments: SeparableRowArguments) {
    var channel = 0
    while channel < arguments.channels {
        var x = 0
        while arguments.width - x >= 8 {
            eightPixels(arguments, channel, x)
            x += 8
        }
        while arguments.width - x >= 4 {
            fourPixels(arguments, channel, x)
            x += 4
        }
        while x < arguments.width {
            onePixel(arguments, channel, x)
            x += 1
        }
        channel += lanes
    }
}

@inline(__always)
private func save(
    _ sums: (Vector, Vector, Vector, Vector), _ target: UnsafeMutablePointer<Float>, _ step: Int
) {
    store(target, sums.0)
    store(target + step, sums.1)
    store(target + 2 * step, sums.2)
    store(target + 3 * step, sums.3)
}

@inline(__always)
private func eightPixels(_ arguments: SeparableRowArguments, _ channel: Int, _ x: Int) {
    let step = arguments.step
    var sums = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var more = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var weights = arguments.weights + channel
    for tapY in 0..<arguments.taps {
        var input = arguments.input + tapY * arguments.pitch + x * step + channel
        for _ in 0..<arguments.taps {
            let weight = load(weights)
            sums.0 = fused(load(input), weight, sums.0)
            sums.1 = fused(load(input + step), weight, sums.1)
            sums.2 = fused(load(input + 2 * step), weight, sums.2)
            sums.3 = fused(load(input + 3 * step), weight, sums.3)
            more.0 = fused(load(input + 4 * step), weight, more.0)
            more.1 = fused(load(input + 5 * step), weight, more.1)
            more.2 = fused(load(input + 6 * step), weight, more.2)
            more.3 = fused(load(input + 7 * step), weight, more.3)
            input += arguments.pixel
            weights += arguments.channels
        }
    }
    let target = arguments.output + x * arguments.outputStep + channel
    save(sums, target, arguments.outputStep)
    save(more, target + 4 * arguments.outputStep, arguments.outputStep)
}

@inline(__always)
private func fourPixels(_ arguments: SeparableRowArguments, _ channel: Int, _ x: Int) {
    let step = arguments.step
    var sums = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var weights = arguments.weights + channel
    for tapY in 0..<arguments.taps {
        var input = arguments.input + tapY * arguments.pitch + x * step + channel
        for _ in 0..<arguments.taps {
            let weight = load(weights)
            sums.0 = fused(load(input), weight, sums.0)
            sums.1 = fused(load(input + step), weight, sums.1)
            sums.2 = fused(load(input + 2 * step), weight, sums.2)
            sums.3 = fused(load(input + 3 * step), weight, sums.3)
            input += arguments.pixel
            weights += arguments.channels
        }
    }
    save(sums, arguments.output + x * arguments.outputStep + channel, arguments.outputStep)
}

@inline(__always)
private func onePixel(_ arguments: SeparableRowArguments, _ channel: Int, _ x: Int) {
    var sum = Vector.zero
    var weights = arguments.weights + channel
    for tapY in 0..<arguments.taps {
        var input = arguments.input + tapY * arguments.pitch + x * arguments.step + channel
        for _ in 0..<arguments.taps {
            sum = fused(load(input), load(weights), sum)
            input += arguments.pixel
            weights += arguments.channels
        }
    }
    store(arguments.output + x * arguments.outputStep + channel, sum)
}

/// Mean and summed squared deviation of every channel of a rectangle, about the mean of a few of its pixels: a large
/// mean must not drown a small variance.
func tileMoments(_ arguments: TileMomentsArguments) {
    var channel = 0
    while arguments.channels - channel >= 2 * lanes {
        moments(arguments, channel, isPair: true)
        channel += 2 * lanes
    }
    if channel < arguments.channels { moments(arguments, channel, isPair: false) }
}

@inline(__always)
private func moments(_ arguments: TileMomentsArguments, _ channel: Int, isPair: Bool) {
    let first = arguments.values + channel
    let pivot0 = pivot(arguments, first)
    let pivot1 = isPair ? pivot(arguments, first + lanes) : pivot0
    var (sum0, sum1, square0, square1) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var (sum2, sum3, square2, square3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    @inline(__always)
    func add(_ place: UnsafePointer<Float>, _ pivot: Vector, _ sum: inout Vector, _ square: inout Vector) {
        let value = load(place) - pivot
        sum += value
        square = fused(value, value, square)
    }
    for row in 0..<arguments.rows {
        var place = first + row * arguments.pitch
        for _ in 0..<(arguments.width / 2) {
            add(place, pivot0, &sum0, &square0)
            if isPair { add(place + lanes, pivot1, &sum1, &square1) }
            place += arguments.channels
            add(place, pivot0, &sum2, &square2)
            if isPair { add(place + lanes, pivot1, &sum3, &square3) }
            place += arguments.channels
        }
        if arguments.width % 2 == 1 {
            add(place, pivot0, &sum0, &square0)
            if isPair { add(place + lanes, pivot1, &sum1, &square1) }
        }
    }
    let share = Vector(repeating: 1 / Float(arguments.rows * arguments.width))
    @inline(__always)
    func finish(_ at: Int, _ pivot: Vector, _ sum: Vector, _ square: Vector) {
        store(arguments.mean + at, fused(sum, share, pivot))
        store(arguments.deviation + at, square - sum * sum * share)
    }
    finish(channel, pivot0, sum0 + sum2, square0 + square2)
    if isPair { finish(channel + lanes, pivot1, sum1 + sum3, square1 + square3) }
}

/// Mean of up to eight pixels spread over the rectangle.
@inline(__always)
private func pivot(_ arguments: TileMomentsArguments, _ first: UnsafePointer<Float>) -> Vector {
    let pixels = arguments.rows * arguments.width
    let samples = min(8, pixels)
    var sum = Vector.zero
    for sample in 0..<samples {
        let place = (2 * sample + 1) * pixels / (2 * samples)
        sum += load(first + place / arguments.width * arguments.pitch + place % arguments.width * arguments.channels)
    }
    return sum * (1 / Float(samples))
}
