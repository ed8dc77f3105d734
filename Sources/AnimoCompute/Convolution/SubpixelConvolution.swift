import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// A transposed convolution as four ordinary ones of nine taps together.
    static let subpixel = ConvolutionAlgorithm(
        suits: { $0.form == .transposed },
        seconds: { shape in
            ConvolutionCost.product(
                rows: Double(shape.extent * shape.extent) / 4, depth: Double(shape.depth * 9), outputs: shape.outputs)
        },
        prepare: { shape, weights, bias, width in
            SubpixelWeights(CanonicalKernel(shape, weights: weights, bias: bias), KernelChoice(upTo: width))
        })
}

/// A transposed 3×3 convolution of stride 2 as four ordinary ones, one for each place in a 2×2 block of outputs:
/// 1×1, 1×2, 2×1 and 2×2 taps, nine in all and none of them on a zero.
///
/// An even row 2y is tap 1 of row y; an odd one 2y + 1 is tap 2 of row y and tap 0 of row y + 1. Columns likewise.
struct SubpixelWeights: Sendable {
    let depth: Int
    let outputs: Int
    let parts: [Int]
    /// The four phases' panels, one behind the other.
    let weights: Buffer
    /// First output column of each phase.
    let starts: [Int]
    let bias: Buffer
    let kernels: KernelChoice

    init(_ kernel: CanonicalKernel, _ kernels: KernelChoice) {
        depth = kernel.depth
        outputs = kernel.outputs
        parts = kernel.parts
        bias = Buffer(kernel.bias)
        self.kernels = kernels
        let plane = kernel.depth * kernel.outputs
        let lanes = kernels.table(for: kernel.outputs).lanes
        weights = Buffer(uninitialized: 9 * plane)
        // The canonical taps are flipped: tap t of the transposed convolution is 2 − t there.
        let tapsOf = [[1], [0, 2]]
        var starts: [Int] = []
        var place = 0
        for down in tapsOf {
            for across in tapsOf {
                starts.append(place)
                var rows: [Float] = []
                rows.reserveCapacity(down.count * across.count * plane)
                for y in down {
                    for x in across {
                        let tap = (y * 3 + x) * plane
                        rows += kernel.weights[tap..<(tap + plane)]
                    }
                }
                let layout = PanelLayout(
                    lanes: lanes, rows: down.count * across.count * kernel.depth, columns: kernel.outputs)
                layout.pack(rows, into: weights.floats + place)
                place += layout.count
            }
        }
        self.starts = starts
    }
}

extension SubpixelWeights: PreparedConvolution {
    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    /// Bands of input rows, each loaded once with the row below it; every row gives two rows of output.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let bands = Bands(of: input.height)
        let written = Bands(of: output.height, rowsPerBand: 2 * bands.rowsPerBand)
        let partial = measuring ? BandSums(context.workspace, output, written) : nil
        context.pool.run(
            output.batch * bands.count,
            SubpixelBands(
                context: context, layer: self, input: input, output: output, epilogue: epilogue, bands: bands,
                partial: partial))
        context.keep(input)
        return partial?.moments(context.workspace)
    }
}

private struct SubpixelBands: PoolWork {
    let context: ComputeContext
    let layer: SubpixelWeights
    let input: ConvolutionInput
    let output: Tensor
    let epilogue: Epilogue
    /// Bands of the input, not of the output.
    let bands: Bands
    let partial: BandSums?

    func run(_ task: Int, by worker: Int) {
        let (picture, band) = (task / bands.count, task % bands.count)
        let rows = bands.rows(band)
        let (first, end) = (rows.lowerBound, rows.upperBound)
        let pitch = (input.width + 1) * layer.depth
        let product = layer.kernels.table(for: layer.outputs)
        let loaded = context.pool.scratch(worker, floats: (rows.count + 1) * pitch)
        for row in first...end {
            context.load(
                input, picture: picture, .plain, parts: layer.parts, y: row, x: 0, count: input.width + 1,
                into: loaded + (row - first) * pitch, stride: layer.depth, keeping: 0..<0)
        }
        // Phase by phase, so that a phase's weights stay near while the band's rows pass by.
        for phase in 0..<4 {
            for row in rows {
                let place = (2 * row + (phase >> 1)) * output.width + (phase & 1)
                product.rowProduct(
                    RowProductArguments(
                        input: loaded + (row - first) * pitch, pitch: pitch, step: layer.depth,
                        tapStride: layer.depth, depth: layer.depth, tapsHigh: 1 + (phase >> 1),
                        tapsWide: 1 + (phase & 1), weights: layer.weights.floats + layer.starts[phase],
                        bias: layer.bias.floats, output: output.pictures[picture] + place * layer.outputs,
                        outputs: layer.outputs, outputStride: 2 * layer.outputs, width: input.width))
            }
        }
        epilogue.apply(
            picture, pixels: (2 * first * output.width)..<(2 * end * output.width), 0..<layer.outputs, output)
        partial?.measure(picture, band, product)
    }
}
