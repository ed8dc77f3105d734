extension Weights {
    /// The weight of a layer whose spectral norm was held at 1 in training, as it is used: W / σ, σ = u · (W v), with u
    /// and v as stored and W as (outputs, rest) (Miyato et al. 2018). Model files hold all three as published.
    func spectrallyNormed(_ name: String) throws -> [Float] {
        let weight = try tensor("\(name).weight_orig")
        let (u, v) = (try tensor("\(name).weight_u"), try tensor("\(name).weight_v"))
        var sigma = 0.0
        for (output, share) in u.enumerated() {
            var product = 0.0
            for (place, value) in v.enumerated() { product += Double(weight[output * v.count + place]) * Double(value) }
            sigma += Double(share) * product
        }
        guard sigma.isNormal else {
            throw ModelError(
                .badWeights, "tensor \"\(name).weight_orig\": expected a spectral norm other than 0, got \(sigma)")
        }
        return weight.map { Float(Double($0) / sigma) }
    }
}
