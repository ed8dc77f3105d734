import AnimoKernelArguments

/// Brings the products of a row of tiles back to pixels.
func winogradOutput(_ arguments: WinogradOutputArguments) {
    if arguments.side == 4 {
        switch arguments.skipped {
        case 0: output4(arguments, SkipFirst.self)
        case 2: output4(arguments, SkipThird.self)
        case 5: output4(arguments, SkipLast.self)
        default: output4(arguments, SkipNone.self)
        }
    } else {
        switch arguments.skipped {
        case 0: output6(arguments, SkipFirst.self)
        case 2: output6(arguments, SkipThird.self)
        case 7: output6(arguments, SkipLast.self)
        default: output6(arguments, SkipNone.self)
        }
    }
}

/// Loads the value of a point, zero for the one skipped; `place` moves on to the next point.
@inline(__always)
func take(_ index: Int, _ skipped: Int, _ place: inout UnsafePointer<Float>, _ step: Int) -> Vector {
    if index == skipped { return .zero }
    let value = load(place)
    place += step
    return value
}

@inline(never)
private func output4<S: Skip>(_ arguments: WinogradOutputArguments, _: S.Type) {
    let skipped = S.index(6)
    let step = arguments.pointStride
    let points = skipped < 0 ? 6 : 5
    let rows = min(4, arguments.height)
    let scratch = arguments.scratch
    for tile in 0..<arguments.tiles {
        let columns = min(4, arguments.width - tile * 4)
        var channel = 0
        while channel < arguments.outputs {
            // Along each row of points: (points, 4), then along each column of those.
            var source = arguments.products + tile * arguments.outputs + channel
            var line = scratch
            for _ in 0..<points {
                var place = source
                let q = outputLine(
                    (
                        take(0, skipped, &place, step), take(1, skipped, &place, step),
                        take(2, skipped, &place, step), take(3, skipped, &place, step),
                        take(4, skipped, &place, step), take(5, skipped, &place, step)
                    ))
                store(line, q.0)
                store(line + lanes, q.1)
                store(line + 2 * lanes, q.2)
                store(line + 3 * lanes, q.3)
                line += 4 * lanes
                source += points * step
            }
            let bias = load(arguments.bias + channel)
            let target = arguments.output + tile * 4 * arguments.outputs + channel
            for column in 0..<columns {
                var place = UnsafePointer(scratch + column * lanes)
                let q = outputLine(
                    (
                        take(0, skipped, &place, 4 * lanes), take(1, skipped, &place, 4 * lanes),
                        take(2, skipped, &place, 4 * lanes), take(3, skipped, &place, 4 * lanes),
                        take(4, skipped, &place, 4 * lanes), take(5, skipped, &place, 4 * lanes)
                    ))
                let pixel = target + column * arguments.outputs
                store(pixel, q.0 + bias)
                if rows > 1 { store(pixel + arguments.pitch, q.1 + bias) }
                if rows > 2 { store(pixel + 2 * arguments.pitch, q.2 + bias) }
                if rows > 3 { store(pixel + 3 * arguments.pitch, q.3 + bias) }
            }
            channel += lanes
        }
    }
}

@inline(never)
private func output6<S: Skip>(_ arguments: WinogradOutputArguments, _: S.Type) {
    let skipped = S.index(8)
    let step = arguments.pointStride
    let points = skipped < 0 ? 8 : 7
    let rows = min(6, arguments.height)
    let scratch = arguments.scratch
    for tile in 0..<arguments.tiles {
        let columns = min(6, arguments.width - tile * 6)
        var channel = 0
        while channel < arguments.outputs {
            var source = arguments.products + tile * arguments.outputs + channel
            var line = scratch
            for _ in 0..<points {
                var place = source
                let q = outputLine(
                    (
                        take(0, skipped, &place, step), take(1, skipped, &place, step),
                        take(2, skipped, &place, step), take(3, skipped, &place, step),
                        take(4, skipped, &place, step), take(5, skipped, &place, step),
                        take(6, skipped, &place, step), take(7, skipped, &place, step)
                    ))
                store(line, q.0)
                store(line + lanes, q.1)
                store(line + 2 * lanes, q.2)
                store(line + 3 * lanes, q.3)
                store(line + 4 * lanes, q.4)
                store(line + 5 * lanes, q.5)
                line += 6 * lanes
                source += points * step
            }
            let bias = load(arguments.bias + channel)
            let target = arguments.output + tile * 6 * arguments.outputs + channel
            for column in 0..<columns {
                var place = UnsafePointer(scratch + column * lanes)
                let q = outputLine(
                    (
                        take(0, skipped, &place, 6 * lanes), take(1, skipped, &place, 6 * lanes),
                        take(2, skipped, &place, 6 * lanes), take(3, skipped, &place, 6 * lanes),
                        take(4, skipped, &place, 6 * lanes), take(5, skipped, &place, 6 * lanes),
                        take(6, skipped, &place, 6 * lanes), take(7, skipped, &place, 6 * lanes)
                    ))
                let pixel = target + column * arguments.outputs
                store(pixel, q.0 + bias)
                if rows > 1 { store(pixel + arguments.pitch, q.1 + bias) }
                if rows > 2 { store(pixel + 2 * arguments.pitch, q.2 + bias) }
                if rows > 3 { store(pixel + 3 * arguments.pitch, q.3 + bias) }
                if rows > 4 { store(pixel + 4 * arguments.pitch, q.4 + bias) }
                if rows > 5 { store(pixel + 5 * arguments.pitch, q.5 + bias) }
            }
            channel += lanes
        }
    }
}
