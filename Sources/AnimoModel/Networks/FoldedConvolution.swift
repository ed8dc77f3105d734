import AnimoCompute

/// A batch norm at inference, which is a scale and a shift of every channel (Ioffe & Szegedy 2015):
/// y = (x − m) / √(v + 1e-5) · g + β
struct BatchNorm: Sendable {
    /// (channels)
    let scale: [Float]
    /// (channels)
    let shift: [Float]

    /// Folds `weight`, `bias`, `running_mean` and `running_var`.
    ///
    /// - Throws: ``ModelError/Code/badWeights`` where a variance is below 0.
    init(_ weights: Weights) throws {
        let (gain, bias) = (try weights.tensor("weight"), try weights.tensor("bias"))
        let (mean, variance) = (try weights.tensor("running_mean"), try weights.tensor("running_var"))
        guard variance.allSatisfy({ $0 >= 0 }) else {
            throw ModelError(.badWeights, "batch norm: expected variances of 0 or more, got one below")
        }
        let scale = zip(gain, variance).map { $0 / ($1 + 1e-5).squareRoot() }
        self.scale = scale
        shift = zip(zip(bias, mean), scale).map { $0.0 - $0.1 * $1 }
    }
}

extension Convolution {
    /// A convolution and the batch norm behind it as one: W' = s W, b' = s b + t, for the norm's scale s and shift t.
    ///
    /// - Parameters:
    ///   - name: of the convolution, with a bias or without.
    ///   - norm: of the batch norm.
    ///   - inputs: channels of each tensor it reads, in order.
    ///   - extent: output height or width at the model's native size.
    convenience init(
        _ weights: Weights, _ name: String, folding norm: String, inputs: [Int], outputs: Int, kernel: Int,
        stride: Int = 1, form: ConvolutionForm = .plain, extent: Int
    ) throws {
        var kernelWeights = try weights.tensor("\(name).weight")
        var bias = weights.has("\(name).bias") ? try weights.tensor("\(name).bias") : []
        let norm = try BatchNorm(weights.scoped(to: norm))
        let each = kernelWeights.count / max(1, outputs)
        for output in 0..<outputs {
            for place in (output * each)..<((output + 1) * each) { kernelWeights[place] *= norm.scale[output] }
        }
        if bias.isEmpty { bias = [Float](repeating: 0, count: outputs) }
        for output in 0..<outputs { bias[output] = bias[output] * norm.scale[output] + norm.shift[output] }
        self.init(
            ConvolutionShape(
                inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2, form: form,
                extent: extent),
            weights: kernelWeights, bias: bias, method: weights.style.method, upTo: weights.style.lanes)
    }
}
