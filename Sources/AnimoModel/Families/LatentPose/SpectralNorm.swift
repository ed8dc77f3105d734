extension Weights {
    /// The weight of a layer whose spectral norm was held at 1 in training, as it is used: W / σ, σ = u · (W v), with u
    /// and v as stored and W as (outputs, rest) (Miyato et al. 2018). Model files hold all three as published.
    func spectrallyNormed(_ name: String) throws -> [Float] {
        let weight = try tensor("\(name).weight_orig")
        let (u, v) = (try tensor("\(name).weight_u"), try tensor("\(name).weight_v"))
        // Rows of tens of thousands of numbers by hundreds: sums that the processor can run side by side.
        let sigma = weight.withUnsafeBufferPointer { weight in
            v.withUnsafeBufferPointer { v in
                var sigma = 0.0
                for (output, share) in u.enumerated() {
                    var sums = SIMD4<Double>.zero
                    let row = UnsafeBufferPointer(rebasing: weight[(output * v.count)..<((output + 1) * v.count)])
                    for place in stride(from: 0, to: v.count & ~3, by: 4) {
                        let first = SIMD4(row[place], row[place + 1], row[place + 2], row[place + 3])
                        let second = SIMD4(v[place], v[place + 1], v[place + 2], v[place + 3])
                        sums += SIMD4<Double>(first) * SIMD4<Double>(second)
                    }
                    var product = sums.sum()
                    for place in (v.count & ~3)..<v.count { product += Double(row[place]) * Double(v[place]) }
                    sigma += Double(share) * product
                }
                return sigma
            }
        }
        guard sigma.isNormal else {
            throw ModelError(
                .badWeights, "tensor \"\(name).weight_orig\": expected a spectral norm other than 0, got \(sigma)")
        }
        let scale = Float(1 / sigma)
        return weight.map { $0 * scale }
    }
}
