/// Steps of a mixer beside its products (Tolstikhin et al. 2021). Tokens are the pixels of a tensor of
/// one row: (batch, 1, tokens, channels).
extension ComputeContext {
    /// (batch, 1, tokens, channels) → (batch, 1, channels, tokens)
    package func transposed(_ input: Tensor) -> Tensor {
        let output = workspace.tensor(batch: input.batch, height: 1, width: input.channels, channels: input.pixels)
        for picture in 0..<input.batch {
            let (from, to) = (input.pictures[picture], output.pictures[picture])
            for channel in 0..<input.channels {
                let row = to + channel * output.depth
                for token in 0..<output.depth {
                    row[token] = token < input.pixels ? from[token * input.depth + channel] : 0
                }
            }
        }
        return output
    }

    /// Every token by itself: (x − mean) / √(variance + ε) · weight, the variance biased, without a shift.
    ///
    /// - Parameter weight: (channels)
    package func tokenNorm(_ input: Tensor, weight: [Float], epsilon: Float) -> Tensor {
        let output = tensor(like: Operand(input))
        let channels = Float(input.channels)
        for picture in 0..<input.batch {
            for token in 0..<input.pixels {
                let from = input.pictures[picture] + token * input.depth
                let to = output.pictures[picture] + token * input.depth
                var mean: Float = 0
                for channel in 0..<input.channels { mean += from[channel] }
                mean /= channels
                var variance: Float = 0
                for channel in 0..<input.channels {
                    let step = from[channel] - mean
                    variance += step * step
                }
                let scale = 1 / (variance / channels + epsilon).squareRoot()
                for channel in 0..<input.depth {
                    to[channel] = channel < input.channels ? (from[channel] - mean) * scale * weight[channel] : 0
                }
            }
        }
        return output
    }

    /// x + yᵀ
    ///
    /// - Parameter other: (batch, 1, channels, tokens)
    package func adding(_ input: Tensor, transposed other: Tensor) -> Tensor {
        let output = tensor(like: Operand(input))
        for picture in 0..<input.batch {
            let (x, y) = (input.pictures[picture], other.pictures[picture])
            for token in 0..<input.pixels {
                for channel in 0..<input.depth {
                    let place = token * input.depth + channel
                    output.pictures[picture][place] =
                        channel < input.channels ? x[place] + y[channel * other.depth + token] : 0
                }
            }
        }
        return output
    }

    /// A token before all others: (batch, 1, 1 + tokens, channels).
    ///
    /// - Parameter token: (channels)
    package func prepending(_ token: [Float], to input: Tensor) -> Tensor {
        let output = workspace.tensor(
            batch: input.batch, height: 1, width: input.pixels + 1, channels: input.channels)
        for picture in 0..<input.batch {
            let to = output.pictures[picture]
            for channel in 0..<input.depth { to[channel] = channel < token.count ? token[channel] : 0 }
            (to + input.depth).update(from: input.pictures[picture], count: input.pixels * input.depth)
        }
        return output
    }

    /// The channels of every picture's first pixel.
    package func firstPixel(_ input: Tensor) -> Rows {
        let output = rows(batch: input.batch, count: input.channels)
        for picture in 0..<input.batch {
            (output.floats + picture * output.depth).update(from: input.pictures[picture], count: output.depth)
        }
        return output
    }

    /// All values of every picture as one vector, (height · width · channels).
    ///
    /// - Parameter input: of a number of channels that is a multiple of 8.
    package func flattened(_ input: Tensor) -> Rows {
        let output = rows(batch: input.batch, count: input.pixels * input.depth)
        for picture in 0..<input.batch {
            (output.floats + picture * output.depth).update(
                from: input.pictures[picture], count: input.pixels * input.depth)
        }
        return output
    }

    /// Pixels of one row each, (pixels, channels), as a tensor of one row.
    package func tokens(_ values: [[Float]], count: Int, channels: Int) -> Tensor {
        let output = workspace.tensor(batch: values.count, height: 1, width: count, channels: channels)
        for (picture, row) in values.enumerated() {
            for token in 0..<count {
                for channel in 0..<output.depth {
                    output.pictures[picture][token * output.depth + channel] =
                        channel < channels ? row[token * channels + channel] : 0
                }
            }
        }
        return output
    }
}
