/// γ and β of one adaptive norm for each picture of a batch.
public struct Style {
    let batch: Int
    let depth: Int
    let floats: UnsafeMutablePointer<Float>

    func gamma(_ picture: Int) -> UnsafeMutablePointer<Float> { floats + picture * 2 * depth }
    func beta(_ picture: Int) -> UnsafeMutablePointer<Float> { floats + picture * 2 * depth + depth }
}

/// The small perceptron that turns the latent into scale and shift of one adaptive instance norm.
///
/// h = relu(W_s z + b_s), γ = W_g h + b_g, β = W_b h + b_b
public final class AdaptiveNorm: Sendable {
    let shared: Linear
    let gammaAndBeta: Linear
    let depth: Int

    /// - Parameters:
    ///   - channels: of each tensor the norm covers, in order.
    ///   - isPlain: by the reference loop.
    public init(
        channels: [Int], latent: Int, hidden: Int, shared: (weights: [Float], bias: [Float]),
        gamma: (weights: [Float], bias: [Float]), beta: (weights: [Float], bias: [Float]), isPlain: Bool = false
    ) {
        self.shared = Linear(
            inputs: latent, outputs: hidden, weights: shared.weights, bias: shared.bias, isPlain: isPlain)
        depth = channels.reduce(0) { $0 + paddedChannels($1) }
        var weights: [Float] = []
        for half in [gamma.weights, beta.weights] {
            var start = 0
            for part in channels {
                weights += half[(start * hidden)..<((start + part) * hidden)]
                weights += [Float](repeating: 0, count: (paddedChannels(part) - part) * hidden)
                start += part
            }
        }
        gammaAndBeta = Linear(
            inputs: hidden, outputs: 2 * depth, weights: weights,
            bias: padded(gamma.bias, parts: channels) + padded(beta.bias, parts: channels), isPlain: isPlain)
    }

    public var byteCount: Int { shared.byteCount + gammaAndBeta.byteCount }
}

extension Executor {
    /// All adaptive norms' scales and shifts from the latent, the norms shared out over the pool.
    public func styles(_ norms: [AdaptiveNorm], _ latent: Rows) -> [Style] {
        let batch = latent.batch
        var styles: [Style] = []
        styles.reserveCapacity(norms.count)
        for norm in norms {
            styles.append(Style(batch: batch, depth: norm.depth, floats: workspace.floats(batch * 2 * norm.depth)))
        }
        pool.run(norms.count) { index, worker in
            let norm = norms[index]
            let width = paddedChannels(norm.shared.outputs)
            let hidden = pool.scratch(worker, floats: batch * width)
            norm.shared.apply(latent.floats, batch: batch, to: hidden)
            for place in 0..<(batch * width) { hidden[place] = max(0, hidden[place]) }
            norm.gammaAndBeta.apply(hidden, batch: batch, to: styles[index].floats)
        }
        return styles
    }
}
