import AnimoKernelArguments

/// Weights of a 3×3 convolution at the points of F(m×m, 3×3), U = G g Gᵀ, in panels point after point.
struct WinogradWeights: Sendable {
    let side: Int
    let geometry: Geometry
    /// The point along each axis whose products are all zero; -1 for none.
    let skipped: Int
    let parts: [Int]
    /// Loaded rows and columns before the picture's first.
    let origin: Int
    let depth: Int
    let outputs: Int
    let weights: Buffer
    let bias: Buffer
    let kernels: KernelChoice

    /// Points along an axis that are computed.
    var line: Int { side + 2 - (skipped < 0 ? 0 : 1) }
    var points: Int { line * line }

    init(_ kernel: CanonicalKernel, side: Int, _ kernels: KernelChoice) {
        self.side = side
        geometry = kernel.geometry
        parts = kernel.parts
        origin = kernel.origin
        depth = kernel.depth
        outputs = kernel.outputs
        bias = Buffer(kernel.bias)
        self.kernels = kernels
        let skipped = Self.skipped(kernel.geometry, side: side)
        self.skipped = skipped

        let used = (0..<(side + 2)).filter { $0 != skipped }
        // Two taps are three with the last one zero.
        let lines = used.flatMap { Self.lines(side: side)[$0].map(Float.init) }
        let plane = kernel.depth * kernel.outputs
        let target = Buffer(uninitialized: used.count * used.count * plane)
        kernel.weights.withUnsafeBufferPointer { weights in
            lines.withUnsafeBufferPointer { lines in
                guard let weights = weights.baseAddress, let lines = lines.baseAddress else { return }
                kernels.table(for: kernel.outputs).winogradWeights(
                    WinogradWeightsArguments(
                        taps: kernel.taps, weights: weights, depth: kernel.depth, outputs: kernel.outputs,
                        lines: lines, points: used.count, target: target.floats))
            }
        }
        weights = target
    }

    /// Upsampled pixels come in equal pairs, so every tile is zero at the point −1; zero-inserted ones have zeros at
    /// odd places, so it is zero at the point 0; space-to-depth ones have no third tap, so the weights are zero at ∞.
    static func skipped(_ geometry: Geometry, side: Int) -> Int {
        switch geometry {
        case .upsampled: 2
        case .zeroInserted: 0
        case .spaceToDepth: side + 1
        case .plain, .averagePooled, .subsampled: -1
        }
    }

    /// G: a row for each point.
    static func lines(side: Int) -> [[Double]] { side == 4 ? lines4 : lines6 }

    private static let lines4: [[Double]] = [
        line(1 / 4.0, 0, 0), line(-1 / 6.0, -1 / 6.0, -1 / 6.0), line(-1 / 6.0, 1 / 6.0, -1 / 6.0),
        line(1 / 24.0, 1 / 12.0, 1 / 6.0), line(1 / 24.0, -1 / 12.0, 1 / 6.0), line(0, 0, 1),
    ]

    private static let lines6: [[Double]] = [
        line(1, 0, 0), line(-2 / 9.0, -2 / 9.0, -2 / 9.0), line(-2 / 9.0, 2 / 9.0, -2 / 9.0),
        line(1 / 90.0, 1 / 45.0, 2 / 45.0), line(1 / 90.0, -1 / 45.0, 2 / 45.0),
        line(1 / 45.0, 1 / 90.0, 1 / 180.0), line(1 / 45.0, -1 / 90.0, 1 / 180.0), line(0, 0, 1),
    ]

    private static func line(_ first: Double, _ second: Double, _ third: Double) -> [Double] {
        [first, second, third]
    }
}
