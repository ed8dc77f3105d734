extension ComputeContext {
    /// relu, then the largest of 3×3, stride 2, padding 1.
    package func reluMaxPool(_ input: Tensor) -> Tensor {
        if isReference { return referenceReluMaxPool(input) }
        let (height, width, depth) = ((input.height - 1) / 2 + 1, (input.width - 1) / 2 + 1, input.depth)
        let output = workspace.tensor(batch: input.batch, height: height, width: width, channels: input.channels)
        pool.run(input.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            let source = input.pictures[picture]
            for x in 0..<width {
                let target = output.pictures[picture] + (y * width + x) * depth
                for channel in 0..<depth { target[channel] = 0 }
                for row in max(0, 2 * y - 1)...min(input.height - 1, 2 * y + 1) {
                    for column in max(0, 2 * x - 1)...min(input.width - 1, 2 * x + 1) {
                        let place = source + (row * input.width + column) * depth
                        for channel in 0..<depth { target[channel] = max(target[channel], place[channel]) }
                    }
                }
            }
        }
        return output
    }

    /// Each channel's mean over the pixels.
    package func mean(_ input: Tensor) -> Rows {
        let output = rows(batch: input.batch, count: input.channels)
        for picture in 0..<input.batch {
            for channel in 0..<input.depth {
                var sum = 0.0
                for pixel in 0..<input.pixels { sum += Double(input.pictures[picture][pixel * input.depth + channel]) }
                output.floats[picture * input.depth + channel] = Float(sum / Double(input.pixels))
            }
        }
        return output
    }
}
