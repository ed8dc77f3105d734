import AnimoKernelArguments
import CProcessor

/// The end of a residual block over a row of pixels, a vector of channels at a time.
func skipRow(_ arguments: SkipRowArguments) {
    guard let skip = arguments.skip else { return activate(arguments, 0..<arguments.channels) }
    for x in 0..<arguments.width {
        let values = arguments.values + x * arguments.channels
        let from = skip + (arguments.isHalved ? 2 * x : x) * arguments.skipChannels
        var channel = 0
        while channel < arguments.skipChannels {
            var more = load(from + channel)
            if arguments.isHalved {
                let right = load(from + arguments.skipChannels + channel)
                let below = load(from + arguments.skipPitch + channel)
                more = larger(
                    larger(more, right),
                    larger(below, load(from + arguments.skipPitch + arguments.skipChannels + channel)))
            }
            store(values + channel, prelu(load(values + channel) + more, load(arguments.slope + channel)))
            channel += lanes
        }
    }
    activate(arguments, arguments.skipChannels..<arguments.channels)
}

/// Channels to which nothing is added.
@inline(__always)
private func activate(_ arguments: SkipRowArguments, _ channels: Range<Int>) {
    if channels.isEmpty { return }
    for x in 0..<arguments.width {
        let values = arguments.values + x * arguments.channels
        var channel = channels.lowerBound
        while channel < channels.upperBound {
            store(values + channel, prelu(load(values + channel), load(arguments.slope + channel)))
            channel += lanes
        }
    }
}

/// x where it is at least 0, slope · x elsewhere, in one rounding.
@inline(__always)
private func prelu(_ x: Vector, _ slope: Vector) -> Vector {
    let above = larger(x, .zero)
    return fused(slope, x - above, above)
}
