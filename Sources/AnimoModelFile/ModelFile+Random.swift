import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

extension ModelFile {
    /// A model of random weights and the published sizes, which never was in a file: to measure with, since time does
    /// not depend on values.
    ///
    /// - Parameter seed: the same seed gives the same weights everywhere.
    package init(random family: ModelFamily, nativeSize: Int = 256, seed: UInt64) throws {
        guard let row = FamilyRow.row(of: family) else {
            throw ModelFileError(.unknownFamily, "family: expected one that is served, got \(family.rawValue)")
        }
        let domains = row.hasManyDomains ? row.domains : Array(row.domains.prefix(1))
        let requirement = row.requirement([:], domains)
        self.init(
            row, random: requirement.tensors, widths: requirement.widths, domains: domains,
            nativeSize: row.nativeSize ?? nativeSize,
            seed: seed)
    }

    /// The same of an AniMo of other widths.
    package init(random widths: AnimoWidths, domains: [Domain], nativeSize: Int, seed: UInt64) {
        var shapes = AnimoTensors.motion(widths)
        for domain in domains {
            shapes.merge(AnimoTensors.warping(widths, domain)) { first, _ in first }
            shapes.merge(AnimoTensors.editing(widths, domain)) { first, _ in first }
        }
        self.init(
            .animo, random: shapes, widths: widths.fields, domains: domains, nativeSize: nativeSize, seed: seed)
    }

    private init(
        _ row: FamilyRow, random shapes: TensorShapes, widths: [NetworkWidth], domains: [Domain], nativeSize: Int,
        seed: UInt64
    ) {
        var random = SplitMix64(state: seed)
        var arrays: [String: NamedArray] = [:]
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            let count = shape.reduce(1, *)
            // Uniform to 1/√inputs, as PyTorch begins; norms' weights and variances about one.
            let isNorm = shape.count == 3 && name.hasSuffix(".weight") && shape[1...] == [1, 1]
            let isBatchNorm = shape.count == 1 && (name.hasSuffix(".weight") || name.hasSuffix(".running_var"))
            let middle: Float = isNorm || isBatchNorm ? 1 : 0
            let reach: Float = shape.count > 1 ? 1 / Float(count / shape[0]).squareRoot() : 0.05
            var values = [Float](unsafeUninitializedCapacity: count) { room, filled in
                for index in 0..<count { room[index] = (2 * random.unit() - 1) * reach + middle }
                filled = count
            }
            if name.hasSuffix(".weight_u") || name.hasSuffix(".weight_v") {
                values = Self.spectral(name, count, arrays)
            }
            arrays[name] = NamedArray(name: name, shape: shape, floats: values)
        }
        metadata = ModelMetadata(
            version: 1, family: row.family, nativeSize: nativeSize, facts: row.facts,
            channels: row.canRender ? row.layout?.names ?? PoseMapping.standardChannels : [],
            channelsInferred: row.canRender && row.layout == nil, estimators: [:], widths: widths,
            domains: domains, parts: Set(PartRow.all.filter { shapes.keys.contains(where: $0.isOwn) }.map(\.name)),
            framings: Dictionary(uniqueKeysWithValues: domains.map { ($0, row.framing ?? .standard(of: $0)) }),
            drivers: row.drivers([], false), title: "random", licence: nil, origin: nil,
            document: JSONObject())
        self.arrays = arrays
        digest = []
    }

    /// Vectors by which a spectral norm is 1: u takes the first row of the weights w (they come first by name), and
    /// v = w / |w|².
    private static func spectral(_ name: String, _ count: Int, _ arrays: [String: NamedArray]) -> [Float] {
        if name.hasSuffix("u") { return (0..<count).map { $0 == 0 ? 1 : 0 } }
        let original = try? arrays["\(name.dropLast())orig"]?.floats()
        let row = (original ?? []).prefix(count)
        let square = row.reduce(0) { $0 + $1 * $1 }
        return row.map { $0 / square }
    }
}
