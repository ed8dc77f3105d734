import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// The definition.
    static let reference = ConvolutionAlgorithm(
        suits: { _ in true },
        seconds: { _ in .infinity },
        prepare: { shape, weights, bias, _ in ReferenceWeights(shape: shape, weights: weights, bias: bias) })
}

/// Weights as given.
struct ReferenceWeights: PreparedConvolution {
    let shape: ConvolutionShape
    let weights: [Float]
    let bias: [Float]

    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        context.reference(shape, weights, bias, input, output)
        context.apply(epilogue, output)
        return measuring ? context.referenceMoments(output) : nil
    }
}

/// Plain loops, one for each definition: what every fast kernel is held against.
extension ComputeContext {
    /// The values that `input` stands for, all operands side by side without padding: (height, width, channels).
    func referenceValues(_ input: ConvolutionInput, picture: Int) -> [Float] {
        var channels: [Int] = []
        for part in [input.first, input.second, input.third] {
            if let part { channels.append(part.tensor.channels) }
        }
        let depth = channels.reduce(0, +)
        var values = [Float](repeating: 0, count: input.height * input.width * depth)
        var start = 0
        for part in 0..<input.count {
            let segment = input.segment(part, picture: picture)
            for y in 0..<input.height {
                for x in 0..<input.width {
                    for channel in 0..<channels[part] {
                        values[(y * input.width + x) * depth + start + channel] = value(segment, y, x, channel)
                    }
                }
            }
            start += channels[part]
        }
        return values
    }

    private func value(_ segment: Segment, _ y: Int, _ x: Int, _ channel: Int) -> Float {
        func stored(_ y: Int, _ x: Int) -> Float {
            segment.source[(y * segment.width + x) * segment.channels + channel]
        }
        func act(_ value: Float, _ slope: Float) -> Float { value < 0 ? value * slope : value }
        if segment.kind == .warped, let positions = segment.positions {
            let (px, py) = (positions[(y * segment.width + x) * 2], positions[(y * segment.width + x) * 2 + 1])
            let (x0, y0) = (Int(px.rounded(.down)), Int(py.rounded(.down)))
            let (fx, fy) = (px - Float(x0), py - Float(y0))
            var sum: Float = 0
            for (row, weightY) in [(y0, 1 - fy), (y0 + 1, fy)] where row >= 0 && row < segment.height {
                for (column, weightX) in [(x0, 1 - fx), (x0 + 1, fx)] where column >= 0 && column < segment.width {
                    sum += weightY * weightX * stored(row, column)
                }
            }
            return sum
        }
        var value = stored(y, x)
        if let scale = segment.scale, let shift = segment.shift {
            value = act(value * scale[channel] + shift[channel], segment.slope)
        }
        if segment.kind == .sum, let other = segment.other, let scale = segment.otherScale,
            let shift = segment.otherShift
        {
            let more = other[(y * segment.width + x) * segment.channels + channel]
            value += act(more * scale[channel] + shift[channel], segment.otherSlope)
        }
        return value
    }

    /// The convolution by its definition.
    func reference(
        _ shape: ConvolutionShape, _ weights: [Float], _ bias: [Float], _ input: ConvolutionInput, _ output: Tensor
    ) {
        if let kept = input.first.keep {
            for picture in 0..<input.batch {
                let values = referenceValues(ConvolutionInput(input.first), picture: picture)
                for pixel in 0..<kept.pixels {
                    for channel in 0..<kept.depth {
                        kept.pictures[picture][pixel * kept.depth + channel] =
                            channel < kept.channels ? values[pixel * kept.channels + channel] : 0
                    }
                }
            }
        }
        for picture in 0..<input.batch {
            var (values, height, width) = (referenceValues(input, picture: picture), input.height, input.width)
            if shape.form == .upsampling {
                values = enlarged(values, height, width, shape.depth)
                (height, width) = (2 * height, 2 * width)
            }
            let source = values
            pool.run(output.height) { y in
                for x in 0..<output.width {
                    let target = output.pictures[picture] + (y * output.width + x) * output.depth
                    for channel in 0..<output.depth {
                        target[channel] =
                            channel < shape.outputs
                            ? (channel < bias.count ? bias[channel] : 0)
                                + sum(shape, weights, source, height, width, y, x, channel)
                            : 0
                    }
                }
            }
        }
    }

    private func enlarged(_ values: [Float], _ height: Int, _ width: Int, _ depth: Int) -> [Float] {
        var enlarged = [Float](repeating: 0, count: 4 * values.count)
        for y in 0..<(2 * height) {
            for x in 0..<(2 * width) {
                for channel in 0..<depth {
                    enlarged[(y * 2 * width + x) * depth + channel] =
                        values[((y / 2) * width + x / 2) * depth + channel]
                }
            }
        }
        return enlarged
    }

    private func sum(
        _ shape: ConvolutionShape, _ weights: [Float], _ values: [Float], _ height: Int, _ width: Int, _ y: Int,
        _ x: Int, _ output: Int
    ) -> Float {
        let (kernel, depth) = (shape.kernel, shape.depth)
        var sum: Float = 0
        for tapY in 0..<kernel {
            for tapX in 0..<kernel {
                let (row, column): (Int, Int)
                if shape.form == .transposed {
                    // out[2r − 1 + tapY] += in[r] · w[tapY]
                    guard (y + 1 - tapY) & 1 == 0, (x + 1 - tapX) & 1 == 0 else { continue }
                    (row, column) = ((y + 1 - tapY) >> 1, (x + 1 - tapX) >> 1)
                } else {
                    (row, column) = (
                        y * shape.stride + tapY - shape.padding, x * shape.stride + tapX - shape.padding
                    )
                }
                guard row >= 0, row < height, column >= 0, column < width else { continue }
                let place = (row * width + column) * depth
                if shape.form == .depthwise {
                    sum += values[place + output] * weights[(output * kernel + tapY) * kernel + tapX]
                    continue
                }
                for input in 0..<depth {
                    let weight =
                        shape.form == .transposed
                        ? ((input * shape.outputs + output) * kernel + tapY) * kernel + tapX
                        : ((output * depth + input) * kernel + tapY) * kernel + tapX
                    sum += values[place + input] * weights[weight]
                }
            }
        }
        return sum
    }

    /// Mean and variance in two passes of double precision.
    func referenceMoments(_ tensor: Tensor) -> Moments {
        let depth = tensor.depth
        let joined = workspace.floats(tensor.batch * 2 * depth)
        let moments = Moments(
            mean: joined, variance: joined + tensor.batch * depth, depth: depth, pixels: tensor.pixels)
        for picture in 0..<tensor.batch {
            for channel in 0..<depth {
                let values = (0..<tensor.pixels).map { Double(tensor.pictures[picture][$0 * depth + channel]) }
                let mean = values.reduce(0, +) / Double(values.count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
                moments.mean[picture * depth + channel] = Float(mean)
                moments.variance[picture * depth + channel] = Float(variance)
            }
        }
        return moments
    }
}
