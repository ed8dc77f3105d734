import AnimoKernelArguments

/// A separable convolution with its weights, made ready for the fused kernels or for the plain loops.
package final class SeparableConvolution: Sendable {
    /// Shape that it was made for.
    package let shape: SeparableShape
    let weights: Weights

    enum Weights: Sendable {
        case fused(FusedWeights)
        /// (depth, k, k) of each part and the planes, and (outputs, depth).
        case reference(depthwise: [Float], pointwise: [Float])
    }

    /// - Parameters:
    ///   - depthwise: (depth, k, k), k that of each channel's part, planes last.
    ///   - pointwise: (outputs, depth).
    ///   - isPlain: by the reference loops.
    ///   - width: the widest vectors to use, in floats.
    package init(
        _ shape: SeparableShape, depthwise: [Float], pointwise: [Float], isPlain: Bool = false, upTo width: Int = 16
    ) {
        precondition(depthwise.count == shape.depthwiseCount && pointwise.count == shape.outputs * shape.depth)
        self.shape = shape
        weights =
            isPlain
            ? .reference(depthwise: depthwise, pointwise: pointwise)
            : .fused(FusedWeights(shape, depthwise: depthwise, pointwise: pointwise, KernelChoice(upTo: width)))
    }

    /// Name of the algorithm: `fused` or `reference`.
    package var method: String { if case .fused = weights { "fused" } else { "reference" } }

    /// Bytes of the weights as held.
    package var byteCount: Int {
        switch weights {
        case .fused(let fused): fused.byteCount
        case .reference(let depthwise, let pointwise):
            (depthwise.count + pointwise.count) * MemoryLayout<Float>.stride
        }
    }
}

extension SeparableShape {
    /// Numbers of the depthwise weights.
    package var depthwiseCount: Int {
        parts.reduce(planes * kernel * kernel) { $0 + $1.channels * taps($1.spatial) * taps($1.spatial) }
    }

    /// Multiply-adds by definition for one output of height × width pixels.
    package func multiplyAdds(height: Int, width: Int) -> Int {
        (depthwiseCount + outputs * depth) * height * width
    }
}

extension ComputeContext {
    /// The output of `layer`, and its channels' mean and variance over each picture.
    ///
    /// Up to a number for each channel that is the same everywhere, which the norm behind takes away: the planes are
    /// told by what the picture's edge makes of them alone (``FusedWeights``).
    ///
    /// - Parameters:
    ///   - input: a part for each of the shape's; of the first one `keeping` is obeyed where its taps are `same`.
    ///   - planes: the planes' numbers.
    package func separate(
        _ layer: SeparableConvolution, _ input: ConvolutionInput, planes: [Float] = []
    ) -> (Tensor, Moments) {
        let shape = layer.shape
        precondition(input.count == shape.parts.count && planes.count == shape.planes)
        let output = workspace.tensor(
            batch: input.batch, height: shape.outputExtent(input.height), width: shape.outputExtent(input.width),
            channels: shape.outputs)
        let start = probe == nil ? nil : Stopwatch(pool)
        let moments: Moments
        switch layer.weights {
        case .fused(let weights): moments = fused(weights, input, planes, output)
        case .reference(let depthwise, let pointwise):
            reference(shape, depthwise, pointwise, input, planes, output)
            moments = referenceMoments(output)
        }
        if let start {
            probe?(
                LayerTime(
                    layer: "\(shape) @\(output.height)", method: layer.method,
                    multiplyAdds: shape.multiplyAdds(height: output.height, width: output.width),
                    seconds: start.seconds))
        }
        return (output, moments)
    }
}
