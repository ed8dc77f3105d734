import AnimoKernelArguments
import CProcessor

/// One row of a convolution, taps outermost, sums in registers from the first tap to the last.
func rowProduct(_ arguments: RowProductArguments) {
    let panelRows = arguments.depth * arguments.tapsHigh * arguments.tapsWide
    var column = 0
    while arguments.outputs - column >= 2 * lanes {
        wideProduct(arguments, arguments.weights + column * panelRows, column)
        column += 2 * lanes
    }
    if column < arguments.outputs {
        slimProduct(arguments, arguments.weights + column * panelRows, column)
    }
}

// A fused multiply-add takes four cycles and two start in each, so eight sums must be under way; the tallest block
// also has to fit the registers, 16 of 8 floats or 32 of 16.
#if ANIMO_WIDE
    private let tallest = 12
#else
    private let tallest = 6
#endif

/// A panel of two vectors: the pixels in blocks as even as can be, so that no short block runs at half speed.
@inline(__always)
private func wideProduct(_ arguments: RowProductArguments, _ panel: UnsafePointer<Float>, _ column: Int) {
    var x = 0
    var blocks = (arguments.width + tallest - 1) / tallest
    let panelSize = arguments.depth * arguments.tapsHigh * arguments.tapsWide * 2 * lanes
    var ahead = panel + panelSize
    let step = (2 * lanes + blocks - 1) / blocks
    let share = panelSize / blocks
    while blocks > 0 {
        let rows = (arguments.width - x + blocks - 1) / blocks
        switch rows {
        #if ANIMO_WIDE
            case 12: blockProduct(arguments, panel, column, x, Wide12.self, ahead, step)
            case 11: blockProduct(arguments, panel, column, x, Wide11.self, ahead, step)
            case 10: blockProduct(arguments, panel, column, x, Wide10.self, ahead, step)
            case 9: blockProduct(arguments, panel, column, x, Wide9.self, ahead, step)
            case 8: blockProduct(arguments, panel, column, x, Wide8.self, ahead, step)
            case 7: blockProduct(arguments, panel, column, x, Wide7.self, ahead, step)
        #endif
        case 6: blockProduct(arguments, panel, column, x, Wide6.self, ahead, step)
        case 5: blockProduct(arguments, panel, column, x, Wide5.self, ahead, step)
        case 4: blockProduct(arguments, panel, column, x, Wide4.self, ahead, step)
        case 3: blockProduct(arguments, panel, column, x, Wide3.self, ahead, step)
        case 2: blockProduct(arguments, panel, column, x, Wide2.self, ahead, step)
        default: blockProduct(arguments, panel, column, x, WideRow.self, ahead, step)
        }
        x += rows
        ahead += share
        blocks -= 1
    }
}

/// A panel of one vector.
@inline(__always)
private func slimProduct(_ arguments: RowProductArguments, _ panel: UnsafePointer<Float>, _ column: Int) {
    var x = 0
    while arguments.width - x >= 12 {
        blockProduct(arguments, panel, column, x, Slim12.self)
        x += 12
    }
    while arguments.width - x >= 8 {
        blockProduct(arguments, panel, column, x, Slim8.self)
        x += 8
    }
    while arguments.width - x >= 4 {
        blockProduct(arguments, panel, column, x, Slim4.self)
        x += 4
    }
    while x < arguments.width {
        blockProduct(arguments, panel, column, x, SlimRow.self)
        x += 1
    }
}

@inline(__always)
private func blockProduct<B: Block>(
    _ arguments: RowProductArguments, _ panel: UnsafePointer<Float>, _ column: Int, _ x: Int, _: B.Type,
    _ ahead: UnsafePointer<Float>? = nil, _ aheadStep: Int = 0
) {
    let (step, depth) = (arguments.step, arguments.depth)
    var weights = panel
    var ahead = ahead
    var sums = B()
    if let bias = arguments.bias { sums = B(startingAt: B.Weights(bias + column)) }
    for tapY in 0..<arguments.tapsHigh {
        for tapX in 0..<arguments.tapsWide {
            var input = arguments.input + tapY * arguments.pitch + tapX * arguments.tapStride + x * step
            for _ in 0..<depth {
                if let place = ahead {
                    processor_prefetch(place)
                    ahead = place + aheadStep
                }
                sums.add(input, step, B.Weights(weights))
                input += 1
                weights += B.Weights.width
            }
        }
    }
    sums.save(arguments.output + x * arguments.outputStride + column, arguments.outputStride)
}
