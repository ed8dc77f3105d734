import AnimoKernelArguments

/// Mean and summed squared deviation of every channel over a band of pixels.
///
/// Sums run over differences from the mean of a few pixels, so that a large mean does not drown a small variance.
/// (One pixel is not enough: a band's first one lies at the picture's edge, where flat drawings have outliers.)
func bandMoments(_ arguments: BandMomentsArguments) {
    var channel = 0
    while arguments.channels - channel >= 4 * lanes {
        moments(arguments, channel, 4)
        channel += 4 * lanes
    }
    while channel < arguments.channels {
        moments(arguments, channel, 1)
        channel += lanes
    }
}

@inline(__always)
private func moments(_ arguments: BandMomentsArguments, _ channel: Int, _ vectors: Int) {
    let first = arguments.values + channel
    let pivot0 = pivot(arguments, first)
    let pivot1 = vectors == 4 ? pivot(arguments, first + lanes) : pivot0
    let pivot2 = vectors == 4 ? pivot(arguments, first + 2 * lanes) : pivot0
    let pivot3 = vectors == 4 ? pivot(arguments, first + 3 * lanes) : pivot0
    var (sum0, sum1, sum2, sum3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var (square0, square1, square2, square3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var place = first
    for _ in 0..<arguments.pixels {
        let value0 = load(place) - pivot0
        sum0 += value0
        square0 = fused(value0, value0, square0)
        if vectors == 4 {
            let value1 = load(place + lanes) - pivot1
            let value2 = load(place + 2 * lanes) - pivot2
            let value3 = load(place + 3 * lanes) - pivot3
            sum1 += value1
            square1 = fused(value1, value1, square1)
            sum2 += value2
            square2 = fused(value2, value2, square2)
            sum3 += value3
            square3 = fused(value3, value3, square3)
        }
        place += arguments.channels
    }
    let share = Vector(repeating: 1 / Float(arguments.pixels))
    let (mean, deviation) = (arguments.mean + channel, arguments.deviation + channel)
    store(mean, fused(sum0, share, pivot0))
    store(deviation, square0 - sum0 * sum0 * share)
    if vectors == 4 {
        store(mean + lanes, fused(sum1, share, pivot1))
        store(deviation + lanes, square1 - sum1 * sum1 * share)
        store(mean + 2 * lanes, fused(sum2, share, pivot2))
        store(deviation + 2 * lanes, square2 - sum2 * sum2 * share)
        store(mean + 3 * lanes, fused(sum3, share, pivot3))
        store(deviation + 3 * lanes, square3 - sum3 * sum3 * share)
    }
}

/// Mean of up to eight pixels spread over the band.
@inline(__always)
private func pivot(_ arguments: BandMomentsArguments, _ first: UnsafePointer<Float>) -> Vector {
    let samples = min(8, arguments.pixels)
    var sum = Vector.zero
    for sample in 0..<samples {
        sum += load(first + (2 * sample + 1) * arguments.pixels / (2 * samples) * arguments.channels)
    }
    return sum * (1 / Float(samples))
}
