import AnimoKernelArguments

/// A convolution brought to one form: taps of some stride over loaded rows (``Geometry``), padded channels.
///
/// weights: (tapsHigh, tapsWide, depth, outputs), depth and outputs padded with zeros.
struct CanonicalKernel {
    let geometry: Geometry
    let taps: Int
    let stride: Int
    /// Loaded rows and columns before the first one that lies in the picture.
    let origin: Int
    /// Loaded channels of each part, padded, before `Geometry.depthFactor`.
    let parts: [Int]
    let depth: Int
    let outputs: Int
    let weights: [Float]
    let bias: [Float]

    /// - Parameters:
    ///   - weights: (outputs, inputs, k, k), or (inputs, outputs, 3, 3) for the transposed form.
    init(_ shape: ConvolutionShape, weights original: [Float], bias originalBias: [Float]) {
        let gathers = shape.form == .plain && shape.kernel == 4 && shape.stride == 2 && shape.padding == 1
        let thins = shape.form == .plain && shape.kernel == 1 && shape.stride == 2 && shape.padding == 0
        switch shape.form {
        case .plain: geometry = gathers ? .spaceToDepth : thins ? .subsampled : .plain
        case .upsampling: geometry = .upsampled
        case .transposed: geometry = .zeroInserted
        case .depthwise: geometry = .plain
        }
        let taps = gathers ? 2 : shape.kernel
        self.taps = taps
        stride = gathers || thins || shape.form != .plain ? 1 : shape.stride
        origin = gathers ? 0 : shape.padding
        parts = shape.inputs.map(paddedChannels)
        let partsDepth = parts.reduce(0, +)
        let depth = partsDepth * geometry.depthFactor
        let outputs = paddedChannels(shape.outputs)
        self.depth = depth
        self.outputs = outputs
        bias = (0..<outputs).map { $0 < originalBias.count ? originalBias[$0] : 0 }

        var places: [Int] = []
        var start = 0
        for (channels, padded) in zip(shape.inputs, parts) {
            places += (0..<channels).map { start + $0 }
            start += padded
        }
        var packed = [Float](repeating: 0, count: taps * taps * depth * outputs)
        let (kernel, inputs) = (shape.kernel, shape.depth)
        let transposes = shape.form == .transposed
        // From one output's weight to the next one's.
        let stride = transposes ? kernel * kernel : inputs * kernel * kernel
        packed.withUnsafeMutableBufferPointer { packed in
            original.withUnsafeBufferPointer { original in
                guard let target = packed.baseAddress, let source = original.baseAddress else { return }
                for input in 0..<inputs {
                    for y in 0..<kernel {
                        for x in 0..<kernel {
                            var (tapY, tapX, place) = (y, x, places[input])
                            var from = source + (input * kernel + y) * kernel + x
                            if transposes {
                                from = source + input * shape.outputs * kernel * kernel
                                from += (kernel - 1 - y) * kernel + kernel - 1 - x
                            }
                            if gathers {
                                place += ((y & 1) * 2 + (x & 1)) * partsDepth
                                (tapY, tapX) = (y >> 1, x >> 1)
                            }
                            let to = target + ((tapY * taps + tapX) * depth + place) * outputs
                            for output in 0..<shape.outputs { to[output] = from[output * stride] }
                        }
                    }
                }
            }
        }
        self.weights = packed
    }
}
