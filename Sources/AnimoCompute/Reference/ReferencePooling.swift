/// Pooling by its definitions.
extension ComputeContext {
    /// relu, then the largest of 3×3 at stride 2, one pixel of zeros around.
    func referenceReluMaxPool(_ input: Tensor) -> Tensor {
        let (height, width) = ((input.height + 1) / 2, (input.width + 1) / 2)
        let output = workspace.tensor(batch: input.batch, height: height, width: width, channels: input.channels)
        for picture in 0..<input.batch {
            for (place, channel) in (0..<(height * width)).flatMap({ place in (0..<input.depth).map { (place, $0) } }) {
                let (y, x) = (place / width, place % width)
                var largest: Float = 0
                for tap in 0..<9 {
                    let (row, column) = (2 * y + tap / 3 - 1, 2 * x + tap % 3 - 1)
                    guard row >= 0, column >= 0, row < input.height, column < input.width else { continue }
                    largest = max(
                        largest, input.pictures[picture][(row * input.width + column) * input.depth + channel])
                }
                output.pictures[picture][place * input.depth + channel] = largest
            }
        }
        return output
    }
}
