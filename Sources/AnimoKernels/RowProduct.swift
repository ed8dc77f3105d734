import AnimoKernelTypes

/// One row of a convolution, taps outermost, sums in registers from the first tap to the last.
func rowProduct(_ order: RowProduct) {
    let weights = order.weights
    var column = 0
    let panelRows = order.depth * order.tapsHigh * order.tapsWide
    while order.outputs - column >= 2 * lanes {
        let panel = weights + column * panelRows
        panelProduct(order, panel, column, TallWide.self, ShortWide.self, WideRow.self)
        column += 2 * lanes
    }
    if column < order.outputs {
        let panel = weights + column * panelRows
        panelProduct(order, panel, column, TallSlim.self, ShortSlim.self, SlimRow.self)
    }
}

@inline(__always)
private func panelProduct<Tall: Block, Short: Block, Single: Block>(
    _ order: RowProduct, _ panel: UnsafePointer<Float>, _ column: Int, _: Tall.Type, _: Short.Type,
    _: Single.Type
) where Tall.Weights == Short.Weights, Short.Weights == Single.Weights {
    var x = 0
    while order.width - x >= Tall.rows {
        blockProduct(order, panel, column, x, Tall.self)
        x += Tall.rows
    }
    while order.width - x >= Short.rows {
        blockProduct(order, panel, column, x, Short.self)
        x += Short.rows
    }
    while x < order.width {
        blockProduct(order, panel, column, x, Single.self)
        x += 1
    }
}

@inline(__always)
private func blockProduct<B: Block>(
    _ order: RowProduct, _ panel: UnsafePointer<Float>, _ column: Int, _ x: Int, _: B.Type
) {
    let (step, depth) = (order.step, order.depth)
    var weights = panel
    var sums = B()
    if let bias = order.bias { sums = B(startingAt: B.Weights(bias + column)) }
    for tapY in 0..<order.tapsHigh {
        for tapX in 0..<order.tapsWide {
            var input = order.input + tapY * order.pitch + tapX * order.tapStride + x * step
            for _ in 0..<depth {
                sums.add(input, step, B.Weights(weights))
                input += 1
                weights += B.Weights.width
            }
        }
    }
    sums.save(order.output + x * order.outputStride + column, order.outputStride)
}
