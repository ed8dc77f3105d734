/// A function of every value of a convolution's output.
package enum Activation: Sendable {
    case none
    /// max(0, x)
    case relu
    /// min(max(0, x), 6)
    case relu6
}

/// Operation on a convolution's output while it is still in the cache: act(x + residual).
struct Epilogue {
    /// Summand of the output's size, or of half its height and width, every pixel then counting for four.
    let residual: Tensor?
    let activation: Activation

    var isNothing: Bool { residual == nil && activation == .none }

    /// - Parameters:
    ///   - pixels: which have just been written, by their place in the picture.
    ///   - columns: which of their channels have.
    @inline(__always)
    func apply(_ picture: Int, pixels: Range<Int>, _ columns: Range<Int>, _ output: Tensor) {
        if isNothing { return }
        let depth = output.depth
        let values = output.pictures[picture]
        if columns.count == depth, residual == nil || residual?.pixels == output.pixels {
            // Contiguous, as one run.
            let start = pixels.lowerBound * depth
            apply(values + start, residual.map { UnsafePointer($0.pictures[picture] + start) }, pixels.count * depth)
            return
        }
        for pixel in pixels {
            var from: UnsafePointer<Float>?
            if let residual {
                var place = pixel
                if residual.pixels != output.pixels {
                    place = pixel / output.width / 2 * residual.width + pixel % output.width / 2
                }
                from = UnsafePointer(residual.pictures[picture] + place * depth + columns.lowerBound)
            }
            apply(values + pixel * depth + columns.lowerBound, from, columns.count)
        }
    }

    @inline(__always)
    private func apply(_ values: UnsafeMutablePointer<Float>, _ more: UnsafePointer<Float>?, _ count: Int) {
        switch (activation, more) {
        case (.none, nil): break
        case (.none, let more?): for place in 0..<count { values[place] += more[place] }
        case (.relu, nil): for place in 0..<count { values[place] = max(0, values[place]) }
        case (.relu, let more?): for place in 0..<count { values[place] = max(0, values[place] + more[place]) }
        case (.relu6, nil): for place in 0..<count { values[place] = min(max(0, values[place]), 6) }
        case (.relu6, let more?):
            for place in 0..<count { values[place] = min(max(0, values[place] + more[place]), 6) }
        }
    }
}

extension ComputeContext {
    /// The same for a whole output, where a method has no bands.
    func apply(_ epilogue: Epilogue, _ output: Tensor) {
        if epilogue.isNothing { return }
        pool.run(output.batch * output.height) { task in
            let (picture, y) = (task / output.height, task % output.height)
            epilogue.apply(picture, pixels: (y * output.width)..<((y + 1) * output.width), 0..<output.depth, output)
        }
    }
}
