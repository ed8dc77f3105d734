import AnimoKernelArguments

/// The first convolution of a network: k×k at stride 2 over three channels, then PReLU.
///
/// Zeros around the picture as TensorFlow's SAME: as many as give half the size, the odd one at the right and below.
package final class StemConvolution: Sendable {
    /// Output channels.
    package let outputs: Int
    private let kernel: Int
    private let isPlain: Bool
    private let weights: DirectPackedWeights
    private let slope: Buffer
    private let reference: (weights: [Float], bias: [Float], slope: [Float])

    /// - Parameters:
    ///   - weights: (outputs, 3, k, k); bias, slope: (outputs), slopes of 0 being a ReLU.
    ///   - width: the widest vectors to use, in floats.
    ///   - isPlain: by the reference loop.
    package init(
        kernel: Int, weights: [Float], bias: [Float], slope: [Float], upTo width: Int = 16, isPlain: Bool = false
    ) {
        self.kernel = kernel
        self.isPlain = isPlain
        outputs = bias.count
        let shape = ConvolutionShape(
            inputs: [3], outputs: outputs, kernel: kernel, stride: 2, padding: 0, extent: 64)
        self.weights = DirectPackedWeights(
            CanonicalKernel(shape, weights: weights, bias: bias), inputs: [3], KernelChoice(upTo: width))
        self.slope = Buffer(padded(slope, parts: [outputs]))
        reference = isPlain ? (weights, bias, slope) : ([], [], [])
    }

    /// Zeros before and after a side.
    func border(of side: Int) -> (before: Int, after: Int) {
        let total = max(0, ((side + 1) / 2 - 1) * 2 + kernel - side)
        // One at least behind, since samples are written four numbers at a time.
        return (total / 2, max(1, total - total / 2))
    }

    /// Memory of the weights, in bytes.
    package var byteCount: Int { weights.weights.count * MemoryLayout<Float>.stride }

    /// - Returns: (batch, ⌈height / 2⌉, ⌈width / 2⌉, outputs)
    func apply(_ context: ComputeContext, _ pictures: BorderedPictures) -> Tensor {
        let output = context.workspace.tensor(
            batch: pictures.batch, height: (pictures.height + 1) / 2, width: (pictures.width + 1) / 2,
            channels: outputs)
        if isPlain {
            referenceStem(
                pictures, kernel: kernel, weights: reference.weights, bias: reference.bias, slope: reference.slope,
                to: output)
            return output
        }
        let rowsPerTask = context.pool.threads == 1 ? output.height : 8
        context.pool.run(
            output.batch * ((output.height + rowsPerTask - 1) / rowsPerTask),
            StemRows(
                pictures: pictures, weights: weights, slope: slope, output: output, rowsPerTask: rowsPerTask,
                kernel: weights.kernels.table(for: weights.outputs)))
        return output
    }
}

extension ComputeContext {
    /// PReLU(conv(pictures)), at half the size.
    package func stem(_ layer: StemConvolution, _ pictures: BorderedPictures) -> Tensor { layer.apply(self, pictures) }
}

private struct StemRows: PoolWork {
    let pictures: BorderedPictures
    let weights: DirectPackedWeights
    let slope: Buffer
    let output: Tensor
    let rowsPerTask: Int
    let kernel: KernelTable

    func run(_ task: Int, by worker: Int) {
        let tasks = (output.height + rowsPerTask - 1) / rowsPerTask
        let (index, first) = (task / tasks, task % tasks * rowsPerTask)
        for y in first..<min(first + rowsPerTask, output.height) {
            let target = output.pictures[index] + y * output.width * output.depth
            kernel.rowProduct(
                weights.product(
                    pictures.picture(index) + 2 * y * pictures.pitch, pitch: pictures.pitch, 0..<weights.outputs,
                    to: target, width: output.width))
            kernel.skipRow(
                SkipRowArguments(
                    values: target, width: output.width, channels: output.depth, skip: nil, skipChannels: 0,
                    isHalved: false, skipPitch: 0, slope: slope.floats))
        }
    }
}
