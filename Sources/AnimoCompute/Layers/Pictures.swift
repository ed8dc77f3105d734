import Foundation

extension Executor {
    /// Red, green, blue of pictures of one size as a tensor. pictures: (height, width, 3) each.
    public func tensor(_ pictures: [[Float]], height: Int, width: Int) -> Tensor {
        let tensor = workspace.tensor(batch: pictures.count, height: height, width: width, channels: 3)
        let depth = tensor.depth
        for (index, picture) in pictures.enumerated() {
            let target = tensor.pictures[index]
            picture.withUnsafeBufferPointer { values in
                for pixel in 0..<(height * width) {
                    for channel in 0..<depth {
                        target[pixel * depth + channel] = channel < 3 ? values[pixel * 3 + channel] : 0
                    }
                }
            }
        }
        return tensor
    }

    /// tanh of the three channels of one picture, (height, width, 3).
    public func tanhPicture(_ tensor: Tensor, _ picture: Int, into pixels: inout [Float]) {
        let source = tensor.pictures[picture]
        let (depth, width, height) = (tensor.depth, tensor.width, tensor.height)
        pixels.withUnsafeMutableBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            nonisolated(unsafe) let place = target
            pool.run(height) { y in
                for pixel in (y * width)..<((y + 1) * width) {
                    for channel in 0..<3 { place[pixel * 3 + channel] = tanhf(source[pixel * depth + channel]) }
                }
            }
        }
    }
}
