import AnimoKernelTypes

/// One row of a convolution of every channel by itself: a vector of channels of four pixels at a time.
func depthwiseRow(_ order: DepthwiseRow) {
    var channel = 0
    while channel < order.channels {
        var x = 0
        while order.width - x >= 4 {
            fourPixels(order, channel, x)
            x += 4
        }
        while x < order.width {
            onePixel(order, channel, x)
            x += 1
        }
        channel += lanes
    }
}

@inline(__always)
private func fourPixels(_ order: DepthwiseRow, _ channel: Int, _ x: Int) {
    let (channels, step) = (order.channels, order.step)
    let bias = load(order.bias + channel)
    var sums = (bias, bias, bias, bias)
    var weights = order.weights + channel
    for tapY in 0..<order.taps {
        var input = order.input + tapY * order.pitch + x * step + channel
        for _ in 0..<order.taps {
            let weight = load(weights)
            sums.0 = fused(load(input), weight, sums.0)
            sums.1 = fused(load(input + step), weight, sums.1)
            sums.2 = fused(load(input + 2 * step), weight, sums.2)
            sums.3 = fused(load(input + 3 * step), weight, sums.3)
            input += channels
            weights += channels
        }
    }
    let target = order.output + x * channels + channel
    store(target, sums.0)
    store(target + channels, sums.1)
    store(target + 2 * channels, sums.2)
    store(target + 3 * channels, sums.3)
}

@inline(__always)
private func onePixel(_ order: DepthwiseRow, _ channel: Int, _ x: Int) {
    var sum = load(order.bias + channel)
    var weights = order.weights + channel
    for tapY in 0..<order.taps {
        var input = order.input + tapY * order.pitch + x * order.step + channel
        for _ in 0..<order.taps {
            sum = fused(load(input), load(weights), sum)
            input += order.channels
            weights += order.channels
        }
    }
    store(order.output + x * order.channels + channel, sum)
}
