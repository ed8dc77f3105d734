import Foundation

/// Variance added by every norm before its root.
let normEpsilon: Float = 1e-5

extension ComputeContext {
    /// Instance norm with the driver's own scale and shift:
    /// y = (x − mean) / √(variance + 1e-5) · (1 + γ) + β        (Huang & Belongie 2017)
    ///
    /// - Parameters:
    ///   - style: γ and β of all channels the norm covers.
    ///   - offset: where among those this tensor's channels begin, counted with padding.
    package func adaptiveNorm(_ moments: Moments, _ style: Style, offset: Int = 0) -> Affine {
        if isReference { return referenceAdaptiveNorm(moments, style, offset: offset) }
        let (batch, depth) = (style.batch, moments.depth)
        let affine = affine(batch: batch, depth: depth)
        for picture in 0..<batch {
            let gamma = style.gamma(picture) + offset
            let beta = style.beta(picture) + offset
            for channel in 0..<depth {
                let place = picture * depth + channel
                let scale = (1 + gamma[channel]) / (moments.variance[place] + normEpsilon).squareRoot()
                affine.scale[place] = scale
                affine.shift[place] = beta[channel] - moments.mean[place] * scale
            }
        }
        return affine
    }

    /// Instance norm whose scale and shift are given as they are:
    /// y = (x − mean) / √(variance + ε) · scale + shift        (Huang & Belongie 2017)
    ///
    /// - Parameters:
    ///   - styles: numbers of all norms; this one's begin at `offset`, all shifts before all scales.
    ///   - channels: how many of each.
    package func instanceNorm(
        _ moments: Moments, _ styles: Rows, at offset: Int, channels: Int, epsilon: Float
    ) -> Affine {
        if isReference {
            return referenceInstanceNorm(moments, styles, at: offset, channels: channels, epsilon: epsilon)
        }
        let affine = affine(batch: styles.batch, depth: moments.depth)
        for picture in 0..<styles.batch {
            let shifts = styles.floats + picture * styles.depth + offset
            let scales = shifts + channels
            for channel in 0..<moments.depth {
                let place = picture * moments.depth + channel
                guard channel < channels else {
                    (affine.scale[place], affine.shift[place]) = (0, 0)
                    continue
                }
                let scale = scales[channel] / (moments.variance[place] + epsilon).squareRoot()
                affine.scale[place] = scale
                affine.shift[place] = shifts[channel] - moments.mean[place] * scale
            }
        }
        return affine
    }

    /// Layer norm over all channels and pixels of a picture, then each channel's own weight and bias.
    package func layerNorm(_ part: Moments, _ norm: LayerNorm, batch: Int) -> Affine {
        layerNorm(part, nil, norm, batch: batch).first
    }

    /// The same for a picture whose channels are spread over two tensors: an affine for each.
    package func layerNorm(
        _ first: Moments, _ second: Moments?, _ norm: LayerNorm, batch: Int
    ) -> (first: Affine, second: Affine) {
        if isReference { return referenceLayerNorm(first, second, norm, batch: batch) }
        let affines = (
            first: affine(batch: batch, depth: first.depth), second: affine(batch: batch, depth: second?.depth ?? 0)
        )
        let channels = (norm.channels[0], second == nil ? 0 : norm.channels[1])
        for picture in 0..<batch {
            let count =
                Double(channels.0 * first.pixels) + Double(channels.1 * (second?.pixels ?? 0))
            let sum = first.sum(picture, channels.0) + (second?.sum(picture, channels.1) ?? 0)
            let mean = sum / count
            let deviation =
                first.deviation(picture, channels.0, about: mean)
                + (second?.deviation(picture, channels.1, about: mean) ?? 0)
            let scale = Float(1 / (deviation / count + Double(normEpsilon)).squareRoot())
            norm.apply(picture, from: 0, scale: scale, mean: Float(mean), to: affines.first)
            norm.apply(picture, from: first.depth, scale: scale, mean: Float(mean), to: affines.second)
        }
        return affines
    }

    /// Moments kept with sources, joined to a batch.
    ///
    /// - Parameter kept: mean then variance of each picture's channels, as ``Moments/values(_:)`` gives them.
    package func gather(_ batch: Int, pixels: Int, _ kept: (_ picture: Int) -> [Float]) -> Moments {
        let depth = batch > 0 ? kept(0).count / 2 : 0
        let joined = workspace.floats(batch * 2 * depth)
        let moments = Moments(mean: joined, variance: joined + batch * depth, depth: depth, pixels: pixels)
        for picture in 0..<batch {
            let values = kept(picture)
            for channel in 0..<depth {
                moments.mean[picture * depth + channel] = values[channel]
                moments.variance[picture * depth + channel] = values[depth + channel]
            }
        }
        return moments
    }

    /// The same scale and shift of every channel for all pictures of a batch.
    package func affine(scale: [Float], shift: [Float], batch: Int) -> Affine {
        let depth = paddedChannels(scale.count)
        let affine = affine(batch: batch, depth: depth)
        for picture in 0..<batch {
            for channel in 0..<depth {
                affine.scale[picture * depth + channel] = channel < scale.count ? scale[channel] : 0
                affine.shift[picture * depth + channel] = channel < shift.count ? shift[channel] : 0
            }
        }
        return affine
    }

    func affine(batch: Int, depth: Int) -> Affine {
        let room = workspace.floats(batch * depth * 2)
        return Affine(scale: room, shift: room + batch * depth, depth: depth)
    }
}

extension Moments {
    /// Sum of all values of the first `channels` channels of a picture, reckoned from their means.
    fileprivate func sum(_ picture: Int, _ channels: Int) -> Double {
        var sum = 0.0
        for channel in 0..<channels { sum += Double(mean[picture * depth + channel]) * Double(pixels) }
        return sum
    }

    /// Summed squares of those values' differences from `mean`.
    fileprivate func deviation(_ picture: Int, _ channels: Int, about mean: Double) -> Double {
        var deviation = 0.0
        for channel in 0..<channels {
            let place = picture * depth + channel
            let step = Double(self.mean[place]) - mean
            deviation += (Double(variance[place]) + step * step) * Double(pixels)
        }
        return deviation
    }
}

/// Weight and bias of a layer norm over one or more tensors' channels.
package final class LayerNorm: Sendable {
    let channels: [Int]
    let weight: Buffer
    let bias: Buffer

    /// - Parameter channels: of each tensor in order; `weight` and `bias` have their sum.
    package init(channels: [Int], weight: [Float], bias: [Float]) {
        self.channels = channels
        self.weight = Buffer(padded(weight, parts: channels))
        self.bias = Buffer(padded(bias, parts: channels))
    }

    /// Scale and shift of a tensor's channels, the first of which is at `start` of the norm's, counted with padding.
    fileprivate func apply(_ picture: Int, from start: Int, scale: Float, mean: Float, to affine: Affine) {
        for channel in 0..<affine.depth {
            let place = picture * affine.depth + channel
            affine.scale[place] = weight.floats[start + channel] * scale
            affine.shift[place] = bias.floats[start + channel] - mean * weight.floats[start + channel] * scale
        }
    }
}

/// Values of every channel, with zeros for the padding of each part.
func padded(_ values: [Float], parts: [Int]) -> [Float] {
    var (padded, start): ([Float], Int) = ([], 0)
    for part in parts {
        padded += values[start..<(start + part)]
        padded += [Float](repeating: 0, count: paddedChannels(part) - part)
        start += part
    }
    return padded
}
