import AnimoCompute

/// Slope of the leaky ReLUs of the whole family.
let leak: Float = 0.1

extension Convolution {
    /// A convolution named as published: `weight` and, if there is one, `bias`.
    ///
    /// - Parameters:
    ///   - inputs: channels of each tensor it reads, in order.
    ///   - extent: output height or width at the model's native size.
    convenience init(
        _ weights: Weights, inputs: [Int], outputs: Int, kernel: Int, stride: Int = 1,
        form: ConvolutionForm = .plain, extent: Int
    ) throws {
        self.init(
            ConvolutionShape(
                inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, form: form, extent: extent),
            weights: try weights.tensor("weight"), bias: weights.has("bias") ? try weights.tensor("bias") : [],
            method: weights.style.method, upTo: weights.style.lanes)
    }
}

extension Linear {
    /// A linear layer named as published: `weight`, (outputs, inputs), and `bias`.
    convenience init(_ weights: Weights) throws {
        let shape = weights.shape(of: "weight") ?? [0, 0]
        self.init(
            inputs: shape[1], outputs: shape[0], weights: try weights.tensor("weight"),
            bias: try weights.tensor("bias"), isPlain: weights.style.isPlain)
    }
}

extension LayerNorm {
    /// - Parameter channels: of each tensor it covers, in order.
    convenience init(_ weights: Weights, channels: [Int]) throws {
        self.init(channels: channels, weight: try weights.tensor("weight"), bias: try weights.tensor("bias"))
    }
}

extension AdaptiveNorm {
    /// - Parameter channels: of each tensor it covers, in order.
    convenience init(_ weights: Weights, channels: [Int]) throws {
        func pair(_ name: String) throws -> (weights: [Float], bias: [Float]) {
            let weights = weights.scoped(to: name)
            return (try weights.tensor("weight"), try weights.tensor("bias"))
        }
        let shape = weights.scoped(to: "mlp_shared.0").shape(of: "weight") ?? [0, 0]
        self.init(
            channels: channels, latent: shape[1], hidden: shape[0], shared: try pair("mlp_shared.0"),
            gamma: try pair("mlp_gamma"), beta: try pair("mlp_beta"), isPlain: weights.style.isPlain)
    }
}

/// A tensor together with its channels' mean and variance.
struct Measured {
    /// (batch, h, w, channels)
    let tensor: Tensor
    /// Mean and variance of each channel of each picture.
    let moments: Moments
}

extension ComputeContext {
    /// Runs a convolution and takes its outputs' statistics in the same pass.
    ///
    /// - Parameter residual: a tensor of the output's shape that is added before.
    func measured(_ layer: Convolution, _ input: ConvolutionInput, adding residual: Tensor? = nil) -> Measured {
        let (tensor, moments) = convolveAndMeasure(layer, input, adding: residual)
        return Measured(tensor: tensor, moments: moments)
    }
}
