import AnimoKernelArguments

/// One row of a convolution of every channel by itself: a vector of channels of four pixels at a time.
func depthwiseRow(_ arguments: DepthwiseRowArguments) {
    var channel = 0
    while channel < arguments.channels {
        var x = 0
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
private func fourPixels(_ arguments: DepthwiseRowArguments, _ channel: Int, _ x: Int) {
    let (channels, step) = (arguments.channels, arguments.step)
    let bias = load(arguments.bias + channel)
    var sums = (bias, bias, bias, bias)
    var weights = arguments.weights + channel
    for tapY in 0..<arguments.taps {
        var input = arguments.input + tapY * arguments.pitch + x * step + channel
        for _ in 0..<arguments.taps {
            let weight = load(weights)
            sums.0 = fused(load(input), weight, sums.0)
            sums.1 = fused(load(input + step), weight, sums.1)
            sums.2 = fused(load(input + 2 * step), weight, sums.2)
            sums.3 = fused(load(input + 3 * step), weight, sums.3)
            input += channels
            weights += channels
        }
    }
    let target = arguments.output + x * channels + channel
    store(target, sums.0)
    store(target + channels, sums.1)
    store(target + 2 * channels, sums.2)
    store(target + 3 * channels, sums.3)
}

@inline(__always)
private func onePixel(_ arguments: DepthwiseRowArguments, _ channel: Int, _ x: Int) {
    var sum = load(arguments.bias + channel)
    var weights = arguments.weights + channel
    for tapY in 0..<arguments.taps {
        var input = arguments.input + tapY * arguments.pitch + x * arguments.step + channel
        for _ in 0..<arguments.taps {
            sum = fused(load(input), load(weights), sum)
            input += arguments.channels
            weights += arguments.channels
        }
    }
    store(arguments.output + x * arguments.channels + channel, sum)
}
