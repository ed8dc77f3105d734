import AnimoKernelArguments

// Plain loops for the layers of small networks, by their definitions.

/// PReLU(conv(pictures)) at stride 2.
func referenceStem(
    _ pictures: BorderedPictures, kernel: Int, weights: [Float], bias: [Float], slope: [Float], to output: Tensor
) {
    for picture in 0..<output.batch {
        for y in 0..<output.height {
            for x in 0..<output.width {
                let target = output.pictures[picture] + (y * output.width + x) * output.depth
                for channel in 0..<output.depth {
                    guard channel < bias.count else {
                        target[channel] = 0
                        continue
                    }
                    var sum = bias[channel]
                    for tapY in 0..<kernel {
                        for tapX in 0..<kernel {
                            let from = pictures.picture(picture) + (2 * y + tapY) * pictures.pitch + (2 * x + tapX) * 3
                            for input in 0..<3 {
                                sum += from[input] * weights[((channel * 3 + input) * kernel + tapY) * kernel + tapX]
                            }
                        }
                    }
                    target[channel] = sum < 0 ? sum * slope[channel] : sum
                }
            }
        }
    }
}

/// The values of a map, (height, width, channels), zeros outside.
private struct BlockMap {
    let height: Int
    let width: Int
    let channels: Int
    var values: [Float]

    init(height: Int, width: Int, channels: Int) {
        (self.height, self.width, self.channels) = (height, width, channels)
        values = [Float](repeating: 0, count: height * width * channels)
    }

    subscript(y: Int, x: Int, channel: Int) -> Float {
        guard y >= 0, x >= 0, y < height, x < width, channel < channels else { return 0 }
        return values[(y * width + x) * channels + channel]
    }

    /// (outputs, channels, side, side) without zeros around, at a stride of `side`.
    func convolved(_ weights: [Float], _ bias: [Float], side: Int) -> BlockMap {
        var map = BlockMap(height: height / side, width: width / side, channels: bias.count)
        for y in 0..<map.height {
            for x in 0..<map.width {
                for output in 0..<map.channels {
                    var sum = bias[output]
                    for tapY in 0..<side {
                        for tapX in 0..<side {
                            for input in 0..<channels {
                                sum +=
                                    self[y * side + tapY, x * side + tapX, input]
                                    * weights[((output * channels + input) * side + tapY) * side + tapX]
                            }
                        }
                    }
                    map.values[(y * map.width + x) * map.channels + output] = sum
                }
            }
        }
        return map
    }

    /// 3×3, every channel by itself; at stride 2 the odd zeros lie at the right and below.
    func filtered(_ weights: [Float], _ bias: [Float], stride: Int) -> BlockMap {
        var map = BlockMap(height: height / stride, width: width / stride, channels: channels)
        let before = stride == 1 ? 1 : 0
        for y in 0..<map.height {
            for x in 0..<map.width {
                for channel in 0..<channels {
                    var sum = bias[channel]
                    for tap in 0..<9 {
                        sum +=
                            self[y * stride + tap / 3 - before, x * stride + tap % 3 - before, channel]
                            * weights[channel * 9 + tap]
                    }
                    map.values[(y * map.width + x) * channels + channel] = sum
                }
            }
        }
        return map
    }

    mutating func activate(_ slope: [Float]) {
        for place in values.indices where values[place] < 0 { values[place] *= slope[place % channels] }
    }
}

/// The block by its definition.
func referenceSeparable(
    _ shape: SeparableBlock.Shape, _ weights: SeparableBlock.Weights, _ input: Tensor, _ output: Tensor
) {
    for picture in 0..<input.batch {
        var x = BlockMap(height: input.height, width: input.width, channels: input.channels)
        x.values = input.values(picture)
        var inner = x
        if shape.middle != nil {
            inner = x.convolved(weights.reduce, weights.reduceBias, side: shape.reduction)
            inner.activate(weights.reduceSlope)
        }
        let filtered = inner.filtered(
            weights.depthwise, weights.depthwiseBias, stride: shape.middle == nil && shape.halves ? 2 : 1)
        var sum = filtered.convolved(weights.pointwise, weights.pointwiseBias, side: 1)
        for y in 0..<sum.height {
            for column in 0..<sum.width {
                for channel in 0..<shape.inputs {
                    let skip =
                        shape.halves
                        ? max(
                            max(x[2 * y, 2 * column, channel], x[2 * y, 2 * column + 1, channel]),
                            max(x[2 * y + 1, 2 * column, channel], x[2 * y + 1, 2 * column + 1, channel]))
                        : x[y, column, channel]
                    sum.values[(y * sum.width + column) * sum.channels + channel] += skip
                }
            }
        }
        sum.activate(weights.slope)
        for pixel in 0..<output.pixels {
            for channel in 0..<output.depth {
                output.pictures[picture][pixel * output.depth + channel] =
                    channel < sum.channels ? sum.values[pixel * sum.channels + channel] : 0
            }
        }
    }
}

/// A row of samples in double precision.
func referenceSampleRow(_ arguments: SampleRowArguments) {
    func at(_ x: Int, _ y: Int, _ colour: Int) -> Double {
        let (column, row) = (min(max(x, 0), arguments.width - 1), min(max(y, 0), arguments.height - 1))
        if !arguments.isBordered, column != x || row != y { return 0 }
        return Double(arguments.picture[(row * arguments.width + column) * 3 + colour])
    }
    for index in 0..<arguments.count {
        let (x, y) = (arguments.x + Double(index) * arguments.stepX, arguments.y + Double(index) * arguments.stepY)
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (column, row) = (Int(left), Int(top))
        for colour in 0..<3 {
            let upper = at(column, row, colour) * (1 - x + left) + at(column + 1, row, colour) * (x - left)
            let lower = at(column, row + 1, colour) * (1 - x + left) + at(column + 1, row + 1, colour) * (x - left)
            let sample = upper * (1 - y + top) + lower * (y - top)
            arguments.output[3 * index + colour] = Float(sample) * arguments.scale + arguments.shift
        }
    }
}
