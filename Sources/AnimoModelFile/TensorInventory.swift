import AnimoJSON
import AnimoMotion

/// Interpretation of a set of tensors: which networks of a family, how wide, and which parts beside them; or one error
/// that lists every disagreement.
package struct TensorInventory: Sendable, Equatable {
    /// Name of the pose basis, 17×64.
    package static let basisName = "pose_basis"

    /// Domains whose networks are there, in alphabetical order.
    package let domains: [Domain]
    /// Widths read off the shapes.
    package let widths: [NetworkWidth]
    /// Names of the parts beside the family's own networks.
    package let parts: Set<String>
    /// Indicates whether there is a pose basis.
    package let hasBasis: Bool
    /// The side of the pictures, where the tensors alone decide it; nil where the metadata does.
    let side: Int?

    /// Takes stock of `shapes`, in the names of a model file.
    ///
    /// Names under none of the model's prefixes are left alone; under a prefix, every name must be known.
    ///
    /// - Parameter unread: what tensors that were passed over are stored as, by name.
    package init(
        _ shapes: TensorShapes, of family: FamilyRow, unread: [String: String] = [:]
    ) throws(ModelFileError) {
        // A family whose networks' names tell no domain has one alone.
        domains = family.domains.filter { domain in
            shapes.keys.contains { family.networks.isEmpty ? family.isOwn($0) : family.isOwn($0, of: domain) }
        }
        .sorted { $0.rawValue < $1.rawValue }
        let parts = PartRow.all.filter { part in shapes.keys.contains(where: part.isOwn) }
        self.parts = Set(parts.map(\.name))
        hasBasis = shapes[Self.basisName] != nil
        guard !domains.isEmpty || !family.canRender else {
            let prefixes =
                family.networks.isEmpty
                ? family.shared.map(\.quotedForMessage)
                : family.domains.flatMap { domain in family.networks.map { "\"\(domain.rawValue).\($0)\"" } }
            throw ModelFileError(
                .tensors, "\(family.title): expected tensors under \(prefixes.joined(separator: ", ")), got none")
        }
        guard domains.count < 2 || family.hasManyDomains else {
            throw ModelFileError(
                .tensors, "\(family.title): expected the networks of one domain, got those of \(domains.count)")
        }
        let own = family.requirement(shapes, domains)
        var (expected, isSized) = (own.tensors, own.isSized)
        for part in parts {
            let more = part.requirement(shapes)
            expected.merge(more.tensors) { first, _ in first }
            isSized = isSized && more.isSized
        }
        if hasBasis { expected[Self.basisName] = [Pose.morphs, Motion.expressions] }
        widths = own.widths
        side = family.side(shapes, domains)
        try Self.compare(expected: expected, got: shapes, unread: unread, of: family, namesOnly: !isSized)
    }

    /// Returns whether a name is one that a model file of a family has to know.
    package static func isOurs(_ name: String, in family: FamilyRow) -> Bool {
        name == basisName || family.isOwn(name) || PartRow.all.contains { $0.isOwn(name) }
    }

    /// One error with everything that is missing, misshapen or surplus.
    ///
    /// - Parameter namesOnly: the widths could not be read off, so only absences are told.
    private static func compare(
        expected: TensorShapes, got: TensorShapes, unread: [String: String], of family: FamilyRow, namesOnly: Bool
    ) throws(ModelFileError) {
        var faults: [String] = []
        for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
            guard let present = got[name] else {
                if let kind = unread[name] {
                    faults.append("unread \(name): stored as \(kind), expected F32, F16 or BF16")
                    continue
                }
                faults.append("missing \(name): expected \(namesOnly ? "a tensor" : "\(shape)"), got nothing")
                continue
            }
            if present != shape, !namesOnly { faults.append("misshapen \(name): expected \(shape), got \(present)") }
        }
        for (name, shape) in got.sorted(by: { $0.key < $1.key }) where expected[name] == nil && isOurs(name, in: family)
        {
            faults.append("surplus \(name.quotedForMessage): expected nothing, got \(shape)")
        }
        if faults.isEmpty && namesOnly { faults = ["the tensors that tell the widths have no possible shape"] }
        guard !faults.isEmpty else { return }
        let listed = faults.prefix(16).joined(separator: "; ")
        let rest = faults.count > 16 ? "; and \(faults.count - 16) more" : ""
        throw ModelFileError(
            .tensors, "\(faults.count) tensors are not as \(family.title) needs them: \(listed)\(rest)")
    }
}
