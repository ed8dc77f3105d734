import AnimoKernelArguments

extension ConvolutionAlgorithm {
    /// 7×7 to at most four channels: F(4, 7) along the columns, the taps of a row as columns of one product.
    static let winogradColumns = ConvolutionAlgorithm(
        suits: { shape in
            shape.form == .plain && shape.kernel == 7 && shape.stride == 1 && shape.padding == 3 && shape.outputs <= 4
        },
        seconds: { _ in 0 },
        prepare: { shape, weights, bias, width in
            WinogradColumnsWeights(
                CanonicalKernel(shape, weights: weights, bias: bias), outputs: shape.outputs, KernelChoice(upTo: width))
        })
}

/// Weights of a 7×7 convolution to few channels: along the columns at the ten points of F(4, 7), the seven taps of a
/// row side by side as 4-channel columns of one product.
///
/// A product with two or three columns would leave most of a vector idle; with the taps of a row it has 28 of 32.
struct WinogradColumnsWeights: Sendable {
    static let points = 10
    static let columns = 32
    let depth: Int
    let parts: [Int]
    let weights: Buffer
    /// Four numbers.
    let bias: Buffer
    let kernels: KernelChoice

    init(_ kernel: CanonicalKernel, outputs: Int, _ kernels: KernelChoice) {
        depth = kernel.depth
        parts = kernel.parts
        self.kernels = kernels
        bias = Buffer(Array(kernel.bias[0..<4]))
        let layout = PanelLayout(
            lanes: kernels.table(for: Self.columns).lanes, rows: kernel.depth, columns: Self.columns)
        let target = Buffer(uninitialized: Self.points * layout.count)
        for (point, line) in Self.lines.enumerated() {
            var plane = [Float](repeating: 0, count: layout.count)
            for input in 0..<kernel.depth {
                for tapX in 0..<7 {
                    for output in 0..<outputs {
                        var sum = 0.0
                        for tapY in 0..<7 {
                            let place = ((tapY * 7 + tapX) * kernel.depth + input) * kernel.outputs + output
                            sum += line[tapY] * Double(kernel.weights[place])
                        }
                        plane[input * Self.columns + tapX * 4 + output] = Float(sum)
                    }
                }
            }
            layout.pack(plane, into: target.floats + point * layout.count)
        }
        weights = target
    }

    /// G of F(4, 7): the powers of each point p over Π (p − q) of the others q.
    private static let lines: [[Double]] = {
        let points: [Double] = [0, 1, -1, 2, -2, 0.5, -0.5, 0.75, -0.75]
        var lines: [[Double]] = points.map { point in
            let others = points.filter { $0 != point }.reduce(1.0) { $0 * (point - $1) }
            var power = 1 / others
            return (0..<7).map { _ in
                defer { power *= point }
                return power
            }
        }
        lines.append([0, 0, 0, 0, 0, 0, 1])
        return lines
    }()
}

extension WinogradColumnsWeights: PreparedConvolution {
    var byteCount: Int { weights.count * MemoryLayout<Float>.stride }

    /// Groups of bands of four output rows; a band needs ten loaded rows, six of which the band before has loaded.
    func run(
        _ context: ComputeContext, _ input: ConvolutionInput, _ output: Tensor, _ epilogue: Epilogue, measuring: Bool
    ) -> Moments? {
        let groups = WinogradColumnsGroups(context, self, input, output)
        context.pool.run(output.batch * groups.count, groups)
        context.keep(input)
        context.apply(epilogue, output)
        return measuring ? context.moments(output) : nil
    }
}

private struct WinogradColumnsGroups: PoolWork {
    let context: ComputeContext
    let layer: WinogradColumnsWeights
    let input: ConvolutionInput
    let output: Tensor
    let bands: Int
    /// Number of bands of one picture.
    let count: Int
    /// Pixels of a row that are computed at a time.
    let chunk: Int

    init(_ context: ComputeContext, _ layer: WinogradColumnsWeights, _ input: ConvolutionInput, _ output: Tensor) {
        (self.context, self.layer, self.input, self.output) = (context, layer, input, output)
        bands = (output.height + 3) / 4
        let threads = context.pool.threads
        let shares = threads > output.batch ? threads * 2 : 1
        count = min(bands, max(shares, (bands + 15) / 16))
        chunk = min(128, output.width)
    }

    func run(_ task: Int, by worker: Int) {
        let (picture, group) = (task / count, task % count)
        let (width, depth) = (output.width, layer.depth)
        let pitch = (width + 6) * depth
        let (pointStride, productStride) = ((chunk + 6) * depth, (chunk + 6) * 32)
        let inputKernels = context.kernels.table(for: depth)
        let product = layer.kernels.table(for: WinogradColumnsWeights.columns)
        let rows = context.pool.scratch(
            worker, floats: 10 * pitch + WinogradColumnsWeights.points * (pointStride + productStride))
        let transformed = rows + 10 * pitch
        let products = transformed + WinogradColumnsWeights.points * pointStride
        let first = group * bands / count
        var loaded = first * 4 - 3
        for band in first..<((group + 1) * bands / count) {
            while loaded < band * 4 + 7 {
                context.load(
                    input, picture: picture, .plain, parts: layer.parts, y: loaded, x: -3, count: width + 6,
                    into: rows + (loaded + 3) % 10 * pitch, stride: depth, keeping: 0..<0)
                loaded += 1
            }
            var x = 0
            while x < width {
                let pixels = min(chunk, width - x)
                inputKernels.winogradColumnsInput(
                    WinogradColumnsInputArguments(
                        rows: rows + x * depth, rowStride: pitch, first: band * 4 % 10,
                        count: (pixels + 6) * depth, output: transformed, pointStride: pointStride))
                for point in 0..<WinogradColumnsWeights.points {
                    product.rowProduct(
                        RowProductArguments(
                            input: transformed + point * pointStride, pitch: 0, step: depth, tapStride: 0,
                            depth: depth, tapsHigh: 1, tapsWide: 1,
                            weights: layer.weights.floats + point * depth * WinogradColumnsWeights.columns, bias: nil,
                            output: products + point * productStride, outputs: WinogradColumnsWeights.columns,
                            outputStride: WinogradColumnsWeights.columns, width: pixels + 6))
                }
                product.winogradColumnsOutput(
                    WinogradColumnsOutputArguments(
                        products: products, pointStride: productStride, width: pixels, bias: layer.bias.floats,
                        output: output.pictures[picture] + (band * 4 * width + x) * 8, pitch: width * 8,
                        height: min(4, output.height - band * 4)))
                x += pixels
            }
        }
    }
}
