import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// Parts that are added to a model.
extension ModelConversion {
    /// Returns why a part that was asked for drives nothing; nil where it does.
    static func partGain(_ part: Part, _ row: FamilyRow, _ inventory: TensorInventory) -> String? {
        // The tracker finds heads for every family.
        guard let name = PartRow.row(named: part.name)?.name, name != PartRow.face.name else { return nil }
        func gains(_ parts: Set<String>, _ hasBasis: Bool) -> Bool {
            row.drivers(parts.union([name]), hasBasis) != row.drivers(parts.subtracting([name]), hasBasis)
        }
        if gains(inventory.parts, inventory.hasBasis) { return nil }
        let others = PartRow.all.map(\.name).filter { !inventory.parts.contains($0) }
        let missing =
            others.first { gains(inventory.parts.union([$0]), inventory.hasBasis) }.map { "--part \($0)" }
            ?? (gains(inventory.parts, true) ? "--pose-basis" : nil)
            ?? others.first { gains(inventory.parts.union([$0]), true) }.map { "--pose-basis and --part \($0)" }
        return "--part \(part.name) gains nothing: "
            + (missing.map { "it drives \(row.title) only with \($0) beside it" } ?? "nothing of it drives \(row.title)")
    }

    /// Puts a part's tensors in the place of those there may be already.
    ///
    /// - Returns: what was around its weights, if anything.
    static func join(
        _ part: Part, to arrays: inout [String: NamedArray], _ unread: inout [String: String],
        _ carried: inout JSONObject
    ) throws(ModelFileError) -> String? {
        guard let row = PartRow.row(named: part.name) else {
            let names = PartRow.all.map(\.name).joined(separator: ", ")
            throw ModelFileError(
                .unknownFamily, "part: expected one of \(names), got \(part.name.quotedForMessage)")
        }
        guard let weights = PublishedWeights.find(row.publication, in: part.archive, prefersAverage: false) else {
            let signs = row.publication.signs.map(\.quotedForMessage).joined(separator: ", ")
            throw ModelFileError(
                .unknownFamily,
                "part \(row.name): expected tensors such as \(signs), got \(listed(part.archive))")
        }
        arrays = arrays.filter { !row.isOwn($0.key) }
        // Names that come after no copy's beginning are the part's own only where the checkpoint is the part alone.
        let own = try row.publication.arrays(of: weights.archive, copy: weights.copy, domain: .vox) { _ in false }
        arrays.merge(own) { _, new in new }
        unread.merge(row.publication.unread(of: weights.archive, copy: weights.copy, domain: .vox)) { _, new in new }
        let stated = metadata(of: part.archive)
        let said = stated["estimators"]?.objectValue
        carry(stated, of: row, into: &carried)
        for domain in Domain.allCases where row.name == "\(domain.rawValue).estimator" {
            var estimators = carried["estimators"]?.objectValue ?? JSONObject()
            estimators[domain.rawValue] = said?[domain.rawValue]
            carried["estimators"] = .object(estimators)
        }
        return weights.note
    }

    /// Notes of a part where it came from and under which terms it may be used, where its file says so.
    private static func carry(_ stated: JSONObject, of row: PartRow, into carried: inout JSONObject) {
        var notes = JSONObject()
        for field in ["title", "licence", "origin"] { notes[field] = stated[field] }
        var parts = carried["parts"]?.objectValue ?? JSONObject()
        parts[row.name] = notes.names.isEmpty ? nil : .object(notes)
        carried["parts"] = parts.names.isEmpty ? nil : .object(parts)
    }
}
