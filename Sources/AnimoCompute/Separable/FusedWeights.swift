import AnimoKernelArguments

/// Weights of a separable convolution for the fused kernels.
///
/// A part that is enlarged or transposed is read at its own size: along each axis an output reads two of its
/// neighbours, so that it is four depthwise kernels of 2×2 taps, one for each parity of y and x.
///
/// A constant plane gives, behind the depthwise half, its number times the sum of the taps that lie inside the
/// picture. Where all do it is the same everywhere, and the norm that follows removes it; so only the difference from
/// that is added, to the pixels near the edge (``EdgeSums``).
struct FusedWeights: Sendable {
    struct Part: Sendable {
        let spatial: SeparableShape.Spatial
        /// Padded channels.
        let depth: Int
        /// On a side, of each kernel.
        let taps: Int
        let stride: Int
        /// Loaded rows and columns before the first one that lies in the picture.
        let origin: Int
        /// (taps, taps, depth), four times for the parities (even, even), (even, odd), (odd, even), (odd, odd).
        let weights: Buffer

        var isPhased: Bool { spatial == .doubling || spatial == .transposed }
    }

    let parts: [Part]
    /// Floats of a pixel of the product's input.
    let depth: Int
    /// Padded.
    let outputs: Int
    let pointwise: Buffer
    let edges: EdgeWeights?
    let kernels: KernelChoice

    init(_ shape: SeparableShape, depthwise: [Float], pointwise: [Float], _ kernels: KernelChoice) {
        self.kernels = kernels
        var place = 0
        parts = shape.parts.map { part in
            let count = part.channels * shape.taps(part.spatial) * shape.taps(part.spatial)
            defer { place += count }
            return Part(shape, part, Array(depthwise[place..<(place + count)]))
        }
        depth = parts.reduce(0) { $0 + $1.depth }
        let outputs = paddedChannels(shape.outputs)
        self.outputs = outputs
        let firstPlane = shape.depth - shape.planes
        var rows = [Float](repeating: 0, count: depth * outputs)
        var (input, row) = (0, 0)
        for part in shape.parts {
            for channel in 0..<part.channels {
                for output in 0..<shape.outputs {
                    rows[(row + channel) * outputs + output] = pointwise[output * shape.depth + input + channel]
                }
            }
            input += part.channels
            row += paddedChannels(part.channels)
        }
        let layout = PanelLayout(lanes: kernels.table(for: outputs).lanes, rows: depth, columns: outputs)
        let target = Buffer(uninitialized: layout.count)
        layout.pack(rows, into: target.floats)
        self.pointwise = target
        edges =
            shape.planes > 0
            ? EdgeWeights(
                kernel: shape.kernel, taps: Array(depthwise[place...]),
                products: (0..<shape.planes).map { plane in
                    (0..<outputs).map { $0 < shape.outputs ? pointwise[$0 * shape.depth + firstPlane + plane] : 0 }
                })
            : nil
    }

    var byteCount: Int {
        (pointwise.count + parts.reduce(0) { $0 + $1.weights.count }) * MemoryLayout<Float>.stride
    }
}

extension FusedWeights.Part {
    /// - Parameter original: (channels, k, k)
    init(_ shape: SeparableShape, _ part: SeparableShape.Part, _ original: [Float]) {
        spatial = part.spatial
        depth = paddedChannels(part.channels)
        let side = shape.taps(part.spatial)
        switch part.spatial {
        case .same: (taps, stride, origin) = (side, 1, side / 2)
        case .halving: (taps, stride, origin) = (4, 2, 1)
        case .doubling, .transposed: (taps, stride, origin) = (2, 1, 1)
        }
        // Terms of each tap's sum over the part's own kernels: row and column alike.
        let sums: [[[Int]]]
        switch part.spatial {
        case .same, .halving: sums = [(0..<side).map { [$0] }]
        // Rows a − 1, a of the small map for even outputs, a, a + 1 for odd ones.
        case .doubling: sums = [[[0], [1, 2]], [[0, 1], [2]]]
        case .transposed: sums = [[[3], [1]], [[2], [0]]]
        }
        let each = taps * taps * depth
        var packed = [Float](repeating: 0, count: sums.count * sums.count * each)
        for (py, rows) in sums.enumerated() {
            for (px, columns) in sums.enumerated() {
                for (y, from) in rows.enumerated() {
                    for (x, to) in columns.enumerated() {
                        for channel in 0..<part.channels {
                            var sum: Float = 0
                            for a in from {
                                for b in to { sum += original[(channel * side + a) * side + b] }
                            }
                            packed[(py * sums.count + px) * each + (y * taps + x) * depth + channel] = sum
                        }
                    }
                }
            }
        }
        weights = Buffer(packed)
    }
}
