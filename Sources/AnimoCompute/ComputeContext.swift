import AnimoKernelArguments

/// Runs layers: a pool of threads and the memory of one pass through the networks.
///
/// A reference context does what has no weights by plain loops, for comparison. Not for use by two threads at once.
package final class ComputeContext: @unchecked Sendable {
    /// May be changed from one pass to the next.
    package var pool: WorkerPool
    /// Memory of the activations.
    package let workspace: Workspace
    let kernels: KernelChoice
    /// Whether norms, styles, positions, key points and pooling are done by plain loops too. Layers with weights choose
    /// when they are made.
    let isReference: Bool
    /// Told of every convolution once it is done; for measurements.
    package var probe: ((LayerTime) -> Void)?

    /// - Parameters:
    ///   - width: the widest vectors to use, in floats: 8 or 16.
    ///   - isReference: computes what has no weights by plain loops.
    package init(pool: WorkerPool, workspace: Workspace, upTo width: Int = 16, isReference: Bool = false) {
        self.isReference = isReference
        self.pool = pool
        self.workspace = workspace
        kernels = width == 16 ? .best : KernelChoice(upTo: width)
    }

    /// The output of `layer`, bias added: act(conv(input) + residual).
    ///
    /// - Parameter residual: of the output's size, or of half its height and width, enlarged by two as it is added.
    package func convolve(
        _ layer: Convolution, _ input: ConvolutionInput, adding residual: Tensor? = nil,
        then activation: Activation = .none
    ) -> Tensor {
        measured(layer, input, Epilogue(residual: residual, activation: activation), measuring: false).0
    }

    /// The same, and its channels' mean and variance over each picture.
    package func convolveAndMeasure(
        _ layer: Convolution, _ input: ConvolutionInput, adding residual: Tensor? = nil,
        then activation: Activation = .none
    ) -> (Tensor, Moments) {
        let (output, moments) = measured(
            layer, input, Epilogue(residual: residual, activation: activation), measuring: true)
        return (output, moments ?? Moments(mean: output.pictures[0], variance: output.pictures[0], depth: 0, pixels: 1))
    }

    private func measured(
        _ layer: Convolution, _ input: ConvolutionInput, _ epilogue: Epilogue, measuring: Bool
    ) -> (Tensor, Moments?) {
        guard let probe else { return compute(layer, input, epilogue, measuring: measuring) }
        let start = Stopwatch(pool)
        let result = compute(layer, input, epilogue, measuring: measuring)
        probe(
            LayerTime(
                layer: "\(layer.shape)", method: layer.method.rawValue,
                multiplyAdds: layer.shape.multiplyAdds(height: result.0.height, width: result.0.width),
                seconds: start.seconds))
        return result
    }

    private func compute(
        _ layer: Convolution, _ input: ConvolutionInput, _ epilogue: Epilogue, measuring: Bool
    ) -> (Tensor, Moments?) {
        let shape = layer.shape
        input.check(shape, epilogue.residual)
        let output = workspace.tensor(
            batch: input.batch, height: shape.outputExtent(input.height), width: shape.outputExtent(input.width),
            channels: shape.outputs)
        return (output, layer.prepared.run(self, input, output, epilogue, measuring: measuring))
    }

    /// Lets the memory of an operand's tensors be used for others: nothing will read them any more.
    package func release(_ operand: Operand) {
        workspace.release(operand.tensor)
        if let other = operand.other { workspace.release(other) }
    }

    /// Lets a tensor's memory be used for others.
    package func release(_ tensor: Tensor) { workspace.release(tensor) }

    /// A tensor of the size of an operand, of any content.
    package func tensor(like operand: Operand) -> Tensor {
        let tensor = operand.tensor
        return workspace.tensor(
            batch: tensor.batch, height: tensor.height, width: tensor.width, channels: tensor.channels)
    }
}

/// Time that a convolution of one size took.
package struct LayerTime: Sendable {
    /// The layer in words.
    package let layer: String
    /// Algorithm and form that computed it, as `verify` and `bench` print them.
    package let method: String
    /// Multiply-adds by definition.
    package let multiplyAdds: Int
    /// See ``Stopwatch``.
    package let seconds: Double

    /// Multiply-adds by definition, per second.
    package var rate: Double { Double(multiplyAdds) / seconds }
}
