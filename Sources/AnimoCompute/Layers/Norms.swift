import Foundation

/// Variance added by every norm before its root.
let normEpsilon: Float = 1e-5

extension Executor {
    /// Instance norm with the driver's own scale and shift:
    /// y = (x − mean) / √(variance + 1e-5) · (1 + γ) + β        (Huang & Belongie 2017)
    ///
    /// - Parameters:
    ///   - style: γ and β of all channels the norm covers.
    ///   - offset: where among those this tensor's channels begin, counted with padding.
    public func adaptiveNorm(_ moments: Moments, _ style: Style, offset: Int = 0) -> Affine {
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
    public func instanceNorm(
        _ moments: Moments, _ styles: Rows, at offset: Int, channels: Int, epsilon: Float
    ) -> Affine {
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
    ///
    /// The picture's channels may be spread over several tensors: one affine for each.
    public func layerNorm(_ parts: [Moments], _ norm: LayerNorm, batch: Int) -> [Affine] {
        var affines: [Affine] = []
        affines.reserveCapacity(parts.count)
        for part in parts { affines.append(affine(batch: batch, depth: part.depth)) }
        for picture in 0..<batch {
            var (count, sum) = (0.0, 0.0)
            for (part, channels) in zip(parts, norm.channels) {
                for channel in 0..<channels {
                    sum += Double(part.mean[picture * part.depth + channel]) * Double(part.pixels)
                }
                count += Double(channels * part.pixels)
            }
            let mean = sum / count
            var deviation = 0.0
            for (part, channels) in zip(parts, norm.channels) {
                for channel in 0..<channels {
                    let place = picture * part.depth + channel
                    let step = Double(part.mean[place]) - mean
                    deviation += (Double(part.variance[place]) + step * step) * Double(part.pixels)
                }
            }
            let scale = Float(1 / (deviation / count + Double(normEpsilon)).squareRoot())
            var start = 0
            for (part, affine) in zip(parts, affines) {
                for channel in 0..<part.depth {
                    let place = picture * part.depth + channel
                    affine.scale[place] = norm.weight.floats[start + channel] * scale
                    affine.shift[place] =
                        norm.bias.floats[start + channel] - Float(mean) * norm.weight.floats[start + channel] * scale
                }
                start += part.depth
            }
        }
        return affines
    }

    /// Moments kept with sources, joined to a batch.
    public func gather(_ kept: [[Float]], pixels: Int) -> Moments {
        let depth = (kept.first?.count ?? 0) / 2
        let joined = workspace.floats(kept.count * 2 * depth)
        let moments = Moments(mean: joined, variance: joined + kept.count * depth, depth: depth, pixels: pixels)
        for (picture, values) in kept.enumerated() {
            for channel in 0..<depth {
                moments.mean[picture * depth + channel] = values[channel]
                moments.variance[picture * depth + channel] = values[depth + channel]
            }
        }
        return moments
    }

    /// The same scale and shift of every channel for all pictures of a batch.
    public func affine(scale: [Float], shift: [Float], batch: Int) -> Affine {
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

    private func affine(batch: Int, depth: Int) -> Affine {
        let room = workspace.floats(batch * depth * 2)
        return Affine(scale: room, shift: room + batch * depth, depth: depth)
    }
}

/// Weight and bias of a layer norm over one or more tensors' channels.
public final class LayerNorm: Sendable {
    let channels: [Int]
    let weight: Buffer
    let bias: Buffer

    /// - Parameter channels: of each tensor in order; `weight` and `bias` have their sum.
    public init(channels: [Int], weight: [Float], bias: [Float]) {
        self.channels = channels
        self.weight = Buffer(padded(weight, parts: channels))
        self.bias = Buffer(padded(bias, parts: channels))
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
