/// γ and β of one adaptive norm for each picture of a batch.
package struct Style {
    let batch: Int
    let depth: Int
    let floats: UnsafeMutablePointer<Float>

    func gamma(_ picture: Int) -> UnsafeMutablePointer<Float> { floats + picture * 2 * depth }
    func beta(_ picture: Int) -> UnsafeMutablePointer<Float> { floats + picture * 2 * depth + depth }
}

/// The small perceptron that turns the latent into scale and shift of one adaptive instance norm.
///
/// h = relu(W_s z + b_s), γ = W_g h + b_g, β = W_b h + b_b
package final class AdaptiveNorm: Sendable {
    let shared: Linear
    let gammaAndBeta: Linear
    let depth: Int

    /// - Parameters:
    ///   - channels: of each tensor the norm covers, in order.
    ///   - isPlain: by the reference loop.
    package init(
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

    /// Memory of the weights, in bytes.
    package var byteCount: Int { shared.byteCount + gammaAndBeta.byteCount }
}

/// γ and β of several adaptive norms for each picture of a batch, norm after norm.
package struct Styles {
    let norms: [AdaptiveNorm]
    let batch: Int
    let floats: UnsafeMutablePointer<Float>

    /// Scales and shifts of the norm of that number, in the order in which the norms were given.
    package subscript(_ index: Int) -> Style {
        let depth = norms[..<index].reduce(0) { $0 + $1.depth }
        return Style(batch: batch, depth: norms[index].depth, floats: floats + batch * 2 * depth)
    }
}

extension ComputeContext {
    /// All adaptive norms' scales and shifts from the latent, the norms shared out over the pool.
    package func styles(_ norms: [AdaptiveNorm], _ latent: Rows) -> Styles {
        if isReference { return referenceStyles(norms, latent) }
        let depth = norms.reduce(0) { $0 + $1.depth }
        let styles = Styles(
            norms: norms, batch: latent.batch, floats: workspace.floats(latent.batch * 2 * depth))
        pool.run(norms.count, StyleProducts(pool: pool, latent: latent, styles: styles))
        return styles
    }
}

private struct StyleProducts: PoolWork {
    let pool: WorkerPool
    let latent: Rows
    let styles: Styles

    func run(_ task: Int, by worker: Int) {
        let norm = styles.norms[task]
        let width = paddedChannels(norm.shared.outputs)
        let hidden = pool.scratch(worker, floats: latent.batch * width)
        norm.shared.apply(latent.floats, batch: latent.batch, to: hidden)
        for place in 0..<(latent.batch * width) { hidden[place] = max(0, hidden[place]) }
        norm.gammaAndBeta.apply(hidden, batch: latent.batch, to: styles[task].floats)
    }
}
