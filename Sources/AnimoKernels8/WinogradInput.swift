import AnimoKernelArguments

/// Brings a row of tiles to the points of their transform.
func winogradInput(_ arguments: WinogradInputArguments) {
    if arguments.side == 4 {
        switch arguments.skipped {
        case 0: input4(arguments, SkipFirst.self)
        case 2: input4(arguments, SkipThird.self)
        case 5: input4(arguments, SkipLast.self)
        default: input4(arguments, SkipNone.self)
        }
    } else {
        switch arguments.skipped {
        case 0: input6(arguments, SkipFirst.self)
        case 2: input6(arguments, SkipThird.self)
        case 7: input6(arguments, SkipLast.self)
        default: input6(arguments, SkipNone.self)
        }
    }
}

/// Point along an axis that is left out, as a type, so that each case is compiled on its own.
protocol Skip {
    /// Index of the point in a line of so many points; -1 for none.
    static func index(_ points: Int) -> Int
}

enum SkipNone: Skip {
    @inline(__always) static func index(_ points: Int) -> Int { -1 }
}
enum SkipFirst: Skip {
    @inline(__always) static func index(_ points: Int) -> Int { 0 }
}
enum SkipThird: Skip {
    @inline(__always) static func index(_ points: Int) -> Int { 2 }
}
enum SkipLast: Skip {
    @inline(__always) static func index(_ points: Int) -> Int { points - 1 }
}

/// Stores a value at a point unless that is the one skipped; `place` moves on to the next point.
@inline(__always)
func put(_ value: Vector, _ index: Int, _ skipped: Int, _ place: inout UnsafeMutablePointer<Float>, _ step: Int) {
    if index == skipped { return }
    store(place, value)
    place += step
}

@inline(never)
private func input4<S: Skip>(_ arguments: WinogradInputArguments, _: S.Type) {
    let skipped = S.index(6)
    let (depth, pitch, step) = (arguments.depth, arguments.pitch, arguments.pointStride)
    let points = skipped < 0 ? 6 : 5
    let scratch = arguments.scratch
    for tile in 0..<arguments.tiles {
        let first = arguments.input + tile * 4 * depth
        let target = arguments.output + tile * depth
        var channel = 0
        while channel < depth {
            // Along each row: (6 rows, points), then along each column of those.
            var source = first + channel
            var line = scratch
            for _ in 0..<6 {
                let q = inputLine(
                    (
                        load(source), load(source + depth), load(source + 2 * depth), load(source + 3 * depth),
                        load(source + 4 * depth), load(source + 5 * depth)
                    ))
                put(q.0, 0, skipped, &line, lanes)
                put(q.1, 1, skipped, &line, lanes)
                put(q.2, 2, skipped, &line, lanes)
                put(q.3, 3, skipped, &line, lanes)
                put(q.4, 4, skipped, &line, lanes)
                put(q.5, 5, skipped, &line, lanes)
                source += pitch
            }
            let row = points * lanes
            for column in 0..<points {
                let from = scratch + column * lanes
                let q = inputLine(
                    (
                        load(from), load(from + row), load(from + 2 * row), load(from + 3 * row),
                        load(from + 4 * row), load(from + 5 * row)
                    ))
                var place = target + column * step + channel
                put(q.0, 0, skipped, &place, points * step)
                put(q.1, 1, skipped, &place, points * step)
                put(q.2, 2, skipped, &place, points * step)
                put(q.3, 3, skipped, &place, points * step)
                put(q.4, 4, skipped, &place, points * step)
                put(q.5, 5, skipped, &place, points * step)
            }
            channel += lanes
        }
    }
}

@inline(never)
private func input6<S: Skip>(_ arguments: WinogradInputArguments, _: S.Type) {
    let skipped = S.index(8)
    let (depth, pitch, step) = (arguments.depth, arguments.pitch, arguments.pointStride)
    let points = skipped < 0 ? 8 : 7
    let scratch = arguments.scratch
    for tile in 0..<arguments.tiles {
        let first = arguments.input + tile * 6 * depth
        let target = arguments.output + tile * depth
        var channel = 0
        while channel < depth {
            var source = first + channel
            var line = scratch
            for _ in 0..<8 {
                let q = inputLine(
                    (
                        load(source), load(source + depth), load(source + 2 * depth), load(source + 3 * depth),
                        load(source + 4 * depth), load(source + 5 * depth), load(source + 6 * depth),
                        load(source + 7 * depth)
                    ))
                put(q.0, 0, skipped, &line, lanes)
                put(q.1, 1, skipped, &line, lanes)
                put(q.2, 2, skipped, &line, lanes)
                put(q.3, 3, skipped, &line, lanes)
                put(q.4, 4, skipped, &line, lanes)
                put(q.5, 5, skipped, &line, lanes)
                put(q.6, 6, skipped, &line, lanes)
                put(q.7, 7, skipped, &line, lanes)
                source += pitch
            }
            let row = points * lanes
            for column in 0..<points {
                let from = scratch + column * lanes
                let q = inputLine(
                    (
                        load(from), load(from + row), load(from + 2 * row), load(from + 3 * row),
                        load(from + 4 * row), load(from + 5 * row), load(from + 6 * row), load(from + 7 * row)
                    ))
                var place = target + column * step + channel
                put(q.0, 0, skipped, &place, points * step)
                put(q.1, 1, skipped, &place, points * step)
                put(q.2, 2, skipped, &place, points * step)
                put(q.3, 3, skipped, &place, points * step)
                put(q.4, 4, skipped, &place, points * step)
                put(q.5, 5, skipped, &place, points * step)
                put(q.6, 6, skipped, &place, points * step)
                put(q.7, 7, skipped, &place, points * step)
            }
            channel += lanes
        }
    }
}
