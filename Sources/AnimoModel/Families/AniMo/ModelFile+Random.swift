import AnimoCheckpoint

extension ModelFile {
    /// A model of random weights, which never was in a file: to measure with, since time does not depend on values.
    ///
    /// - Parameter seed: the same seed gives the same weights everywhere.
    package init(random widths: AnimoWidths, domains: [Domain], nativeSize: Int, seed: UInt64) throws {
        var shapes = AnimoTensors.motion(widths)
        for domain in domains {
            shapes.merge(AnimoTensors.warping(widths, domain)) { first, _ in first }
            shapes.merge(AnimoTensors.editing(widths, domain)) { first, _ in first }
        }
        var random = SplitMix64(state: seed)
        var arrays: [String: NamedArray] = [:]
        for name in shapes.keys.sorted() {
            guard let shape = shapes[name] else { continue }
            let count = shape.reduce(1, *)
            // Uniform to 1/√inputs, as PyTorch begins; norms' weights about one.
            let isNorm = shape.count == 3 && name.hasSuffix(".weight")
            let reach: Float = shape.count > 1 ? 1 / Float(count / shape[0]).squareRoot() : 0.05
            let values = (0..<count).map { _ in (2 * random.unit() - 1) * reach + (isNorm ? 1 : 0) }
            arrays[name] = NamedArray(name: name, shape: shape, floats: values)
        }
        metadata = ModelMetadata(
            version: 1, family: .animo, nativeSize: nativeSize, facts: ModelFacts(),
            channels: PoseMapping.standardChannels, channelsInferred: true, estimators: [:], widths: widths.fields,
            domains: domains, parts: [], drivers: [], title: "random", licence: nil, origin: nil, document: JSONObject()
        )
        self.arrays = arrays
        digest = []
    }
}
