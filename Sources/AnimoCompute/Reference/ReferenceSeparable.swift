/// A separable convolution by its definition: the depthwise half over all of the input, planes written out, then 1×1.
extension ComputeContext {
    func reference(
        _ shape: SeparableShape, _ depthwise: [Float], _ pointwise: [Float], _ input: ConvolutionInput,
        _ planes: [Float], _ output: Tensor
    ) {
        for picture in 0..<input.batch {
            var middle = [Float](repeating: 0, count: output.pixels * shape.depth)
            var (channel, weight) = (0, 0)
            for (index, part) in shape.parts.enumerated() {
                let operand = [input.first, input.second ?? input.first][index]
                let values = referenceValues(ConvolutionInput(operand), picture: picture)
                if index == 0, let kept = operand.keep {
                    for pixel in 0..<kept.pixels {
                        for channel in 0..<kept.depth {
                            kept.pictures[picture][pixel * kept.depth + channel] =
                                channel < part.channels ? values[pixel * part.channels + channel] : 0
                        }
                    }
                }
                let map = ReferenceMap(
                    values: values, height: operand.tensor.height, width: operand.tensor.width, depth: part.channels)
                depthwiseHalf(
                    map, part.spatial, shape.taps(part.spatial), depthwise, at: weight, output, &middle, at: channel,
                    of: shape.depth)
                channel += part.channels
                weight += part.channels * shape.taps(part.spatial) * shape.taps(part.spatial)
            }
            if !planes.isEmpty {
                let map = ReferenceMap(
                    values: (0..<output.pixels).flatMap { _ in planes }, height: output.height, width: output.width,
                    depth: planes.count)
                depthwiseHalf(
                    map, .same, shape.kernel, depthwise, at: weight, output, &middle, at: channel, of: shape.depth)
            }
            pointwiseHalf(shape, pointwise, middle, output, picture)
        }
    }

    private func depthwiseHalf(
        _ map: ReferenceMap, _ spatial: SeparableShape.Spatial, _ taps: Int, _ weights: [Float], at start: Int,
        _ output: Tensor, _ middle: inout [Float], at first: Int, of depth: Int
    ) {
        let (height, width) = (output.height, output.width)
        middle.withUnsafeMutableBufferPointer { middle in
            nonisolated(unsafe) let middle = middle
            pool.run(height) { y in
                for x in 0..<width {
                    for channel in 0..<map.depth {
                        var sum: Float = 0
                        for tapY in 0..<taps {
                            for tapX in 0..<taps {
                                guard let value = map.value(spatial, taps, y, x, tapY, tapX, channel) else { continue }
                                sum += value * weights[start + (channel * taps + tapY) * taps + tapX]
                            }
                        }
                        middle[(y * width + x) * depth + first + channel] = sum
                    }
                }
            }
        }
    }

    private func pointwiseHalf(
        _ shape: SeparableShape, _ weights: [Float], _ middle: [Float], _ output: Tensor, _ picture: Int
    ) {
        let (outputs, depth) = (shape.outputs, shape.depth)
        // (depth, outputs): the inner loop runs over outputs, whose order of summation is the inputs'.
        var turned = [Float](repeating: 0, count: weights.count)
        for output in 0..<outputs {
            for input in 0..<depth { turned[input * outputs + output] = weights[output * depth + input] }
        }
        let columns = turned
        pool.run(output.height) { y in
            for pixel in (y * output.width)..<((y + 1) * output.width) {
                let target = output.pictures[picture] + pixel * output.depth
                for channel in 0..<output.depth { target[channel] = 0 }
                columns.withUnsafeBufferPointer { columns in
                    for input in 0..<depth {
                        let value = middle[pixel * depth + input]
                        for output in 0..<outputs { target[output] += value * columns[input * outputs + output] }
                    }
                }
            }
        }
    }
}

/// Plain values, (height, width, depth).
private struct ReferenceMap {
    let values: [Float]
    let height: Int
    let width: Int
    let depth: Int

    /// Pixel that a tap of output (y, x) reads; nil outside of the picture, and where a transposed tap meets no pixel.
    @inline(__always)
    func value(
        _ spatial: SeparableShape.Spatial, _ taps: Int, _ y: Int, _ x: Int, _ tapY: Int, _ tapX: Int, _ channel: Int
    ) -> Float? {
        var (row, column): (Int, Int)
        switch spatial {
        case .same: (row, column) = (y + tapY - taps / 2, x + tapX - taps / 2)
        case .halving: (row, column) = (2 * y + tapY - 1, 2 * x + tapX - 1)
        case .doubling:
            (row, column) = (y + tapY - 1, x + tapX - 1)
            guard row >= 0, row < 2 * height, column >= 0, column < 2 * width else { return nil }
            (row, column) = (row / 2, column / 2)
        case .transposed:
            // out[2r − 1 + tap] += in[r] · w[tap]
            guard (y + 1 - tapY) & 1 == 0, (x + 1 - tapX) & 1 == 0 else { return nil }
            (row, column) = ((y + 1 - tapY) >> 1, (x + 1 - tapX) >> 1)
        }
        guard row >= 0, row < height, column >= 0, column < width else { return nil }
        return values[(row * width + column) * depth + channel]
    }
}
