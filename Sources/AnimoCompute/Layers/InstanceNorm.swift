/// An instance norm with a weight and a bias for each channel (Ulyanov, Vedaldi & Lempitsky 2016):
/// y = (x − mean) / √(variance + 1e-5) · weight + bias
package final class InstanceNorm: Sendable {
    let weight: Buffer
    let bias: Buffer

    /// - Parameters: (channels) each.
    package init(weight: [Float], bias: [Float]) {
        self.weight = Buffer(padded(weight, parts: [weight.count]))
        self.bias = Buffer(padded(bias, parts: [bias.count]))
    }
}

extension ComputeContext {
    /// The norm ready to be applied to a tensor of these moments.
    package func instanceNorm(_ moments: Moments, _ norm: InstanceNorm, batch: Int) -> Affine {
        if isReference { return referenceInstanceNorm(moments, norm, batch: batch) }
        let affine = affine(batch: batch, depth: moments.depth)
        for picture in 0..<batch {
            for channel in 0..<moments.depth {
                let place = picture * moments.depth + channel
                let scale = norm.weight.floats[channel] / (moments.variance[place] + normEpsilon).squareRoot()
                affine.scale[place] = scale
                affine.shift[place] = norm.bias.floats[channel] - moments.mean[place] * scale
            }
        }
        return affine
    }
}
