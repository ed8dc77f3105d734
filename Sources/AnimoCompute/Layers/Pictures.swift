extension ComputeContext {
    /// Red, green, blue of pictures of one size as a tensor. pictures: (height, width, 3) each.
    package func tensor(_ pictures: [[Float]], height: Int, width: Int) -> Tensor {
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
    package func tanhPicture(_ tensor: Tensor, _ picture: Int) -> [Float] { colours(tensor, picture, .tanh) }

    /// The sigmoid of the three channels of one picture, (height, width, 3): ½ + ½ tanh(x / 2).
    package func sigmoidPicture(_ tensor: Tensor, _ picture: Int) -> [Float] { colours(tensor, picture, .sigmoid) }

    private func colours(_ tensor: Tensor, _ picture: Int, _ function: PictureRows.Function) -> [Float] {
        let count = tensor.pixels * 3
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            guard let target = buffer.baseAddress else { return }
            pool.run(
                tensor.height,
                PictureRows(
                    source: tensor.pictures[picture], depth: tensor.depth, width: tensor.width, target: target,
                    function: function))
            written = count
        }
    }

    /// A head on black from four channels of one picture, (height, width, 3), and how much of each pixel it covers:
    /// mask = tanh(x₃)/2 + 1/2, colour = (3/4 · tanh(x₀…₂) + 1/2) · mask.
    package func maskedPicture(_ tensor: Tensor, _ picture: Int) -> (pixels: [Float], mask: [Float]) {
        let source = tensor.pictures[picture]
        let depth = tensor.depth
        var pixels = [Float](repeating: 0, count: tensor.pixels * 3)
        var mask = [Float](repeating: 0, count: tensor.pixels)
        let width = tensor.width
        pixels.withUnsafeMutableBufferPointer { pixels in
            mask.withUnsafeMutableBufferPointer { mask in
                guard let first = pixels.baseAddress, let second = mask.baseAddress else { return }
                nonisolated(unsafe) let (colours, covers) = (first, second)
                pool.run(tensor.height) { y in
                    for pixel in (y * width)..<((y + 1) * width) {
                        let value = tanh(UnsafeRawPointer(source + pixel * depth).loadUnaligned(as: SIMD4<Float>.self))
                        let cover = value.w * 0.5 + 0.5
                        let colour = (value * 0.75 + 0.5) * cover
                        covers[pixel] = cover
                        colours[pixel * 3] = colour.x
                        colours[pixel * 3 + 1] = colour.y
                        colours[pixel * 3 + 2] = colour.z
                    }
                }
            }
        }
        return (pixels, mask)
    }
}

private struct PictureRows: PoolWork {
    enum Function {
        case tanh
        case sigmoid
    }

    let source: UnsafeMutablePointer<Float>
    let depth: Int
    let width: Int
    /// (height, width, 3)
    let target: UnsafeMutablePointer<Float>
    let function: Function

    func run(_ y: Int, by worker: Int) {
        for pixel in (y * width)..<((y + 1) * width) {
            let value = UnsafeRawPointer(source + pixel * depth).loadUnaligned(as: SIMD4<Float>.self)
            let result =
                switch function {
                case .tanh: tanh(value)
                case .sigmoid: 0.5 + 0.5 * tanh(0.5 * value)
                }
            target[pixel * 3] = result.x
            target[pixel * 3 + 1] = result.y
            target[pixel * 3 + 2] = result.z
        }
    }
}

/// tanh to about three units in the last place: an odd polynomial over an even one, as in Eigen.
func tanh(_ value: SIMD4<Float>) -> SIMD4<Float> {
    let bound = SIMD4<Float>(repeating: 7.905_311)
    let x = value.clamped(lowerBound: -bound, upperBound: bound)
    let square = x * x
    var over = square * -2.760_768_477_423_55e-16 + 2.000_187_904_824_77e-13
    over = over * square + -8.604_671_522_137_35e-11
    over = over * square + 5.122_297_090_371_14e-08
    over = over * square + 1.485_722_357_179_79e-05
    over = over * square + 6.372_619_288_754_36e-04
    over = over * square + 4.893_524_558_917_86e-03
    var under = square * 1.198_258_394_667_02e-06 + 1.185_347_056_866_54e-04
    under = under * square + 2.268_434_632_439e-03
    under = under * square + 4.893_525_185_543_85e-03
    return x * over / under
}
