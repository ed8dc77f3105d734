import AnimoCheckpoint

/// What a set of tensors amounts to: which networks, how wide; or one error that lists every disagreement.
struct TensorInventory: Sendable, Equatable {
    static let basisName = "pose_basis"

    let widths: AnimoWidths
    let domains: [Domain]
    let estimators: Set<Domain>
    let hasBasis: Bool

    /// Takes stock of `shapes`, in the names of a model file.
    ///
    /// Names under none of the model's prefixes are left alone; under a prefix, every name must be known.
    init(_ shapes: AnimoTensors.Shapes) throws(ModelFileError) {
        domains = Domain.allCases.filter { domain in
            shapes.keys.contains { name in Self.networks(domain).contains { name.hasPrefix($0) } }
        }
        estimators = Set(
            Domain.allCases.filter { domain in
                shapes.keys.contains { $0.hasPrefix("\(domain.rawValue).estimator.") }
            })
        hasBasis = shapes[Self.basisName] != nil
        guard !domains.isEmpty else {
            throw ModelFileError(
                .tensors, "expected tensors of a warping and an editing network under \"anime.\" or \"vox.\", got none")
        }
        let shown = AnimoWidths(shapes: shapes)
        let widths = shown ?? .published
        var expected = AnimoTensors.motion(widths)
        for domain in domains {
            expected.merge(AnimoTensors.warping(widths, domain)) { first, _ in first }
            expected.merge(AnimoTensors.editing(widths, domain)) { first, _ in first }
        }
        for domain in Domain.allCases where estimators.contains(domain) {
            let prefix = "\(domain.rawValue).estimator"
            let own = EstimatorTensors.widths(shapes, under: prefix) ?? .init(base: 64, blocks: [2, 2, 2, 2])
            let tensors = EstimatorTensors.shapes(own, under: prefix, coefficients: Motion.count)
            expected.merge(tensors) { first, _ in first }
        }
        if hasBasis { expected[Self.basisName] = [Pose.morphs, Motion.expressions] }
        self.widths = widths
        try Self.compare(expected: expected, got: shapes, namesOnly: shown == nil)
        guard widths.coefficients == Motion.count else {
            throw ModelFileError(
                .tensors,
                "tensor \"motion.first.0.weight\": expected \(Motion.count) columns, got \(widths.coefficients)")
        }
    }

    private static func networks(_ domain: Domain) -> [String] {
        ["\(domain.rawValue).warping.", "\(domain.rawValue).editing."]
    }

    /// Whether a name is one that a model file has to know.
    static func isOurs(_ name: String) -> Bool {
        name.hasPrefix("motion.") || name == basisName
            || Domain.allCases.contains { domain in
                (networks(domain) + ["\(domain.rawValue).estimator."]).contains { name.hasPrefix($0) }
            }
    }

    /// One error with everything that is missing, misshapen or surplus.
    ///
    /// - Parameter namesOnly: the widths could not be read off, so only absences are told.
    private static func compare(
        expected: AnimoTensors.Shapes, got: AnimoTensors.Shapes, namesOnly: Bool
    ) throws(ModelFileError) {
        var faults: [String] = []
        for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
            guard let present = got[name] else {
                faults.append("missing \(name): expected \(namesOnly ? "a tensor" : "\(shape)"), got nothing")
                continue
            }
            if present != shape, !namesOnly { faults.append("misshapen \(name): expected \(shape), got \(present)") }
        }
        for (name, shape) in got.sorted(by: { $0.key < $1.key }) where isOurs(name) && expected[name] == nil {
            faults.append("surplus \(name.quotedForMessage): expected nothing, got \(shape)")
        }
        if faults.isEmpty && namesOnly { faults = ["the tensors that tell the widths have no possible shape"] }
        guard !faults.isEmpty else { return }
        let listed = faults.prefix(16).joined(separator: "; ")
        let rest = faults.count > 16 ? "; and \(faults.count - 16) more" : ""
        throw ModelFileError(
            .tensors, "\(faults.count) tensors are not as an AniMo needs them: \(listed)\(rest)")
    }
}
