/// Norms by their definitions in double precision: y = (x − mean) / √(variance + ε) · factor + addend.
extension ComputeContext {
    /// Scale and shift of every channel, from each channel's factor and addend.
    private func referenceAffine(
        _ moments: Moments, batch: Int, epsilon: Float,
        _ style: (_ picture: Int, _ channel: Int) -> (factor: Double, addend: Double)
    ) -> Affine {
        let affine = affine(batch: batch, depth: moments.depth)
        for picture in 0..<batch {
            for channel in 0..<moments.depth {
                let place = picture * moments.depth + channel
                let deviation = (Double(moments.variance[place]) + Double(epsilon)).squareRoot()
                let (factor, addend) = style(picture, channel)
                affine.scale[place] = Float(factor / deviation)
                affine.shift[place] = Float(addend - Double(moments.mean[place]) * factor / deviation)
            }
        }
        return affine
    }

    /// Factor 1 + γ, addend β, (2, depth) for each picture.
    func referenceAdaptiveNorm(_ moments: Moments, _ style: Style, offset: Int) -> Affine {
        referenceAffine(moments, batch: style.batch, epsilon: normEpsilon) { picture, channel in
            let place = picture * 2 * style.depth + offset + channel
            return (1 + Double(style.floats[place]), Double(style.floats[place + style.depth]))
        }
    }

    /// Factor and addend of each channel.
    func referenceInstanceNorm(_ moments: Moments, _ norm: InstanceNorm, batch: Int) -> Affine {
        referenceAffine(moments, batch: batch, epsilon: normEpsilon) { _, channel in
            (Double(norm.weight.floats[channel]), Double(norm.bias.floats[channel]))
        }
    }

    /// Addends, then factors, from `offset` on; padding is zero.
    func referenceInstanceNorm(
        _ moments: Moments, _ styles: Rows, at offset: Int, channels: Int, epsilon: Float
    ) -> Affine {
        referenceAffine(moments, batch: styles.batch, epsilon: epsilon) { picture, channel in
            guard channel < channels else { return (0, 0) }
            let values = styles[picture]
            return (Double(values[offset + channels + channel]), Double(values[offset + channel]))
        }
    }

    /// Mean and variance over all channels and pixels of both tensors, from the sums of values and of squares.
    func referenceLayerNorm(
        _ first: Moments, _ second: Moments?, _ norm: LayerNorm, batch: Int
    ) -> (first: Affine, second: Affine) {
        let tensors = [first] + (second.map { [$0] } ?? [])
        var affines: [Affine] = tensors.map { affine(batch: batch, depth: $0.depth) }
        if second == nil { affines.append(affine(batch: batch, depth: 0)) }
        for picture in 0..<batch {
            var (count, sum, squares) = (0.0, 0.0, 0.0)
            for (moments, channels) in zip(tensors, norm.channels) {
                for channel in 0..<channels {
                    let place = picture * moments.depth + channel
                    let (mean, variance) = (Double(moments.mean[place]), Double(moments.variance[place]))
                    count += Double(moments.pixels)
                    sum += mean * Double(moments.pixels)
                    squares += (variance + mean * mean) * Double(moments.pixels)
                }
            }
            let mean = sum / count
            let deviation = (squares / count - mean * mean + Double(normEpsilon)).squareRoot()
            var start = 0
            for (moments, affine) in zip(tensors, affines) {
                for channel in 0..<moments.depth {
                    let (weight, bias) = (norm.weight.floats[start + channel], norm.bias.floats[start + channel])
                    let place = picture * moments.depth + channel
                    affine.scale[place] = Float(Double(weight) / deviation)
                    affine.shift[place] = Float(Double(bias) - mean * Double(weight) / deviation)
                }
                start += moments.depth
            }
        }
        return (affines[0], affines[1])
    }

    /// γ and β by h = relu(W_s z + b_s), γ = W_g h + b_g, β = W_b h + b_b.
    func referenceStyles(_ norms: [AdaptiveNorm], _ latent: Rows) -> Styles {
        let depth = norms.reduce(0) { $0 + $1.depth }
        let styles = Styles(norms: norms, batch: latent.batch, floats: workspace.floats(latent.batch * 2 * depth))
        for (index, norm) in norms.enumerated() {
            for picture in 0..<latent.batch {
                let hidden = norm.shared.referenceOutputs(latent[picture]).map { max(0, $0) }
                let values = norm.gammaAndBeta.referenceOutputs(hidden)
                for (place, value) in values.enumerated() {
                    styles[index].floats[picture * 2 * norm.depth + place] = Float(value)
                }
            }
        }
        return styles
    }
}
