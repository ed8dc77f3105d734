import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// Sums in registers over packed weights, rows loaded once for each band.
    static let directPacked = ConvolutionAlgorithm(
        suits: { $0.form != .depthwise },
        seconds: { shape in
            ConvolutionCost.product(
                rows: Double(shape.extent * shape.extent), depth: Double(shape.depth * shape.kernel * shape.kernel),
                outputs: shape.outputs)
        },
        prepare: { shape, weights, bias, width in
            DirectPackedWeights(
                CanonicalKernel(shape, weights: weights, bias: bias), inputs: shape.inputs, KernelChoice(upTo: width))
        })
}

/// Weights in panels for the row product.
struct DirectPackedWeights: Sendable {
    let geometry: Geometry
    let taps: Int
    let stride: Int
    let origin: Int
    let parts: [Int]
    /// Floats from one loaded pixel to the next: channels that fill no vector, as a picture's three, lie side by side,
    /// so that no product is with a zero.
    let pixel: Int
    let outputs: Int
    let weights: Buffer
    let bias: Buffer
    let kernels: KernelChoice

    init(_ kernel: CanonicalKernel, inputs: [Int], _ kernels: KernelChoice) {
        geometry = kernel.geometry
        taps = kernel.taps
        stride = kernel.stride
        origin = kernel.origin
        parts = kernel.parts
        outputs = kernel.outputs
        bias = Buffer(kernel.bias)
        self.kernels = kernels
        let pixel = inputs.count == 1 && kernel.geometry.depthFactor == 1 ? inputs[0] : kernel.depth
        self.pixel = pixel
        let layout = PanelLayout(
            lanes: kernels.table(for: outputs).lanes, rows: taps * taps * pixel, columns: outputs)
        let target = Buffer(uninitialized: layout.count)
        if pixel == kernel.depth {
            layout.pack(kernel.weights, into: target.floats)
        } else {
            var rows: [Float] = []
            rows.reserveCapacity(layout.count)
            for tap in 0..<(taps * taps) {
                let start = tap * kernel.depth * outputs
                rows += kernel.weights[start..<(start + pixel * outputs)]
            }
            layout.pack(rows, into: target.floats)
        }
        weights = target
    }

    /// The arguments for one row of outputs, of some of the columns.
    func product(
        _ input: UnsafePointer<Float>, pitch: Int, _ columns: Range<Int>, to output: UnsafeMutablePointer<Float>,
        width: Int
    ) -> RowProductArguments {
        let rows = taps * taps * pixel
        return RowProductArguments(
            input: input, pitch: pitch, step: stride * pixel, tapStride: 0, depth: taps * pixel, tapsHigh: taps,
            tapsWide: 1, weights: weights.floats + columns.lowerBound * rows, bias: bias.floats + columns.lowerBound,
            output: output + columns.lowerBound, outputs: columns.count, outputStride: outputs, width: width)
    }

    /// The outputs cut into at most `count` ranges of whole panels.
    func columns(_ index: Int, of count: Int) -> Range<Int> {
        let panel = 2 * kernels.table(for: outputs).lanes
        let panels = (outputs + panel - 1) / panel
        return min(index * panels / count * panel, outputs)..<min((index + 1) * panels / count * panel, outputs)
    }
}

extension DirectPackedWeights: PreparedConvolution {
    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    /// Bands of output rows: each loads the rows it needs into the worker's scratch memory, then computes.
    ///
    /// The bands that are measured depend on the shape alone, since each has its own partial sums. Where nothing is
    /// measured and the picture is small, the bands are few, so that the weights come from memory once, and the outputs
    /// are shared out instead.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let bands = Bands(of: output.height, atLeast: measuring ? 1 : 48 / output.width)
        let shares =
            measuring ? 1 : max(1, min(outputs / 32, 2 * context.pool.threads / (bands.count * output.batch)))
        let partial = measuring ? BandSums(context.workspace, output, bands) : nil
        context.pool.run(
            output.batch * bands.count * shares,
            DirectPackedBands(
                context: context, layer: self, input: input, output: output, epilogue: epilogue, bands: bands,
                shares: shares, partial: partial))
        // A kept input is written apart: bands overlap, and every pixel is to be written by one of them alone.
        context.keep(input)
        return partial?.moments(context.workspace)
    }
}

private struct DirectPackedBands: PoolWork {
    let context: ComputeContext
    let layer: DirectPackedWeights
    let input: ConvolutionInput
    let output: Tensor
    let epilogue: Epilogue
    let bands: Bands
    /// Into how many shares a band's outputs are cut.
    let shares: Int
    let partial: BandSums?

    func run(_ task: Int, by worker: Int) {
        let (picture, band) = (task / shares / bands.count, task / shares % bands.count)
        let rows = bands.rows(band)
        let loadedWidth = (output.width - 1) * layer.stride + layer.taps
        let loadedRows = (rows.count - 1) * layer.stride + layer.taps
        let pitch = loadedWidth * layer.pixel
        let product = layer.kernels.table(for: layer.outputs)
        // Whole vectors are written even where a pixel is less: the next pixel overwrites the surplus.
        let scratch = context.pool.scratch(worker, floats: loadedRows * pitch + 16)
        for row in 0..<loadedRows {
            context.load(
                input, picture: picture, layer.geometry, parts: layer.parts,
                y: rows.lowerBound * layer.stride - layer.origin + row, x: -layer.origin, count: loadedWidth,
                into: scratch + row * pitch, stride: layer.pixel, keeping: 0..<0)
        }
        let columns = layer.columns(task % shares, of: shares)
        for row in rows {
            product.rowProduct(
                layer.product(
                    scratch + (row - rows.lowerBound) * layer.stride * pitch, pitch: pitch, columns,
                    to: output.pictures[picture] + row * output.width * layer.outputs, width: output.width))
        }
        let pixels = (rows.lowerBound * output.width)..<(rows.upperBound * output.width)
        epilogue.apply(picture, pixels: pixels, columns, output)
        partial?.measure(picture, band, product)
    }
}
