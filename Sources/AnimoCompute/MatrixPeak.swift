import AnimoKernelArguments

/// Speed of the product kernels when nothing else is in the way: the yardstick of all layers.
package enum MatrixPeak {
    /// Operations per second (a multiply-add is two) of 48×256×256 products on every thread of the pool at once.
    ///
    /// - Parameter width: the widest vectors to use, in floats.
    package static func measure(pool: WorkerPool, upTo width: Int = 16) -> Double {
        let kernels = KernelChoice(upTo: width).table(for: 256)
        let (rows, depth, repeats) = (48, 256, 40)
        let memory = (0..<pool.threads).map { _ in
            (input: Buffer(rows * depth), weights: Buffer(depth * depth), output: Buffer(rows * depth))
        }
        var best = Double.infinity
        for _ in 0..<9 {
            let start = ContinuousClock.now
            pool.run(pool.threads) { task in
                let (input, weights, output) = memory[task]
                for _ in 0..<repeats {
                    kernels.rowProduct(
                        RowProductArguments(
                            input: input.floats, pitch: 0, step: depth, tapStride: 0, depth: depth, tapsHigh: 1,
                            tapsWide: 1, weights: weights.floats, bias: nil, output: output.floats, outputs: depth,
                            outputStride: depth, width: rows))
                }
            }
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            best = min(best, Double(seconds) + Double(attoseconds) * 1e-18)
        }
        return 2 * Double(rows * depth * depth * repeats * pool.threads) / best
    }
}
