import AnimoJSON
import AnimoMotion

/// Metadata of a model file, checked against its tensors.
package struct ModelMetadata: Sendable, Equatable {
    /// Version of the format.
    package var version: Int
    /// Family of the networks.
    package var family: ModelFamily
    /// The side in pixels at which the networks were trained and the flow is found.
    package var nativeSize: Int
    /// Facts of arithmetic.
    package var facts: ModelFacts
    /// Names of the 20 numbers of a pose; none of a family that renders nothing.
    package var channels: [String]
    /// Indicates whether which number is which was inferred and not published.
    package var channelsInferred: Bool
    /// For each domain with an estimator the side of the picture it reads.
    package var estimators: [Domain: Int]
    /// From the tensors' shapes.
    package var widths: [NetworkWidth]
    /// Domains whose networks are in the file.
    package var domains: [Domain]
    /// Names of the parts beside the family's own networks, such as `vox.estimator`.
    package var parts: Set<String>
    /// Places of the face in each domain's pictures, as the file says it or as is usual for the family.
    package var framings: [Domain: HeadFraming]
    /// Kinds of drivers it takes, in words.
    package var drivers: [String]
    /// Title of the model.
    package var title: String?
    /// Licence of the weights.
    package var licence: String?
    /// Origin of the weights, as the file says it.
    package var origin: JSONValue?
    /// Everything the file says, known or not, in its order.
    package var document: JSONObject
}

extension ModelMetadata {
    /// The key in the container's metadata.
    static let key = "animo"
    /// The version read and written.
    static let version = 1
    /// Sides that a network may be trained at.
    static let sizes = 32...4096

    /// Reads the metadata's text and checks every field that serving relies on, and the tensors against its family.
    ///
    /// - Parameters:
    ///   - shapes: of all tensors of the file.
    ///   - unread: what tensors that were passed over are stored as, by name.
    init(parsing text: String, shapes: TensorShapes, unread: [String: String] = [:]) throws(ModelFileError) {
        let document: JSONObject
        do {
            guard case .object(let object) = try JSONValue(parsing: text.utf8) else {
                throw Self.mismatch(nil, "an object", nil)
            }
            document = object
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.metadata, "metadata \(Self.key): \(error)", cause: error)
        }
        guard let version = document["version"]?.integerValue, version == Self.version else {
            throw Self.mismatch("version", "\(Self.version)", document["version"])
        }
        guard let name = document["family"]?.stringValue, let family = ModelFamily(rawValue: name),
            let row = FamilyRow.row(of: family)
        else {
            let names = FamilyRow.all.map { "\"\($0.family.rawValue)\"" }.joined(separator: ", ")
            throw Self.mismatch("family", "one of \(names)", document["family"])
        }
        let inventory = try TensorInventory(shapes, of: row, unread: unread)
        guard let size = document["native_size"]?.integerValue, Self.sizes.contains(size),
            row.takes(nativeSize: size)
        else { throw Self.mismatch("native_size", row.nativeSizes, document["native_size"]) }
        let estimated = Set(Domain.allCases.filter { inventory.parts.contains("\($0.rawValue).estimator") })
        self.init(
            version: version, family: family, nativeSize: inventory.side ?? size,
            facts: row.canRender ? try Self.facts(document, of: row) : row.facts,
            channels: row.canRender ? try Self.channels(document, of: row) : [],
            channelsInferred: try Self.inferred(document),
            estimators: try Self.estimators(document, present: estimated), widths: inventory.widths,
            domains: inventory.domains, parts: inventory.parts,
            framings: try Self.framings(document, domains: inventory.domains, of: row),
            drivers: row.drivers(inventory.parts, inventory.hasBasis), title: try Self.text("title", document),
            licence: try Self.text("licence", document), origin: document["origin"], document: document)
        try Self.check(document["widths"], against: inventory.widths)
    }

    /// The family's facts, and what the file states of those that may differ. The range of pictures is always stated.
    static func facts(_ document: JSONObject, of row: FamilyRow) throws(ModelFileError) -> ModelFacts {
        var facts = row.facts
        for field in ModelFacts.Field.allCases {
            guard let value = document[field.rawValue] else {
                if field != .imageRange { continue }
                throw mismatch(field.rawValue, row.facts.value(of: field).text, nil)
            }
            var stated = row.facts
            guard stated.take(value, for: field), stated == row.facts || row.free.contains(field) else {
                let usual = row.facts.value(of: field).text
                throw mismatch(field.rawValue, row.free.contains(field) ? "a value such as \(usual)" : usual, value)
            }
            _ = facts.take(value, for: field)
        }
        return facts
    }

    private static func channels(_ document: JSONObject, of row: FamilyRow) throws(ModelFileError) -> [String] {
        let count = row.layout?.count ?? Pose.count
        let names = document["channels"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let fit = names.allSatisfy { !$0.isEmpty && $0.utf8.count <= 64 }
        guard names.count == count, document["channels"]?.arrayValue?.count == count, fit, Set(names).count == count
        else { throw mismatch("channels", "\(count) different names", document["channels"]) }
        if let layout = row.layout, layout.names != names {
            throw mismatch("channels", "the family's own names in their order", document["channels"])
        }
        return names
    }

    private static func inferred(_ document: JSONObject) throws(ModelFileError) -> Bool {
        guard let value = document["channels_inferred"] else { return false }
        guard let flag = value.boolValue else { throw mismatch("channels_inferred", "true or false", value) }
        return flag
    }

    private static func estimators(
        _ document: JSONObject, present: Set<Domain>
    ) throws(ModelFileError) -> [Domain: Int] {
        var inputs: [Domain: Int] = [:]
        let value = document["estimators"] ?? .object(JSONObject())
        guard let members = value.objectValue?.members else { throw mismatch("estimators", "an object", value) }
        for member in members {
            guard let domain = Domain(rawValue: member.name), present.contains(domain) else {
                throw ModelFileError(
                    .metadata,
                    "metadata estimators: expected only domains whose estimator is in the file, "
                        + "got \(member.name.quotedForMessage)")
            }
            guard let input = member.value.objectValue?["input"]?.integerValue, sizes.contains(input) else {
                throw mismatch("estimators.\(domain.rawValue).input", "a side of 32 to 4096", member.value)
            }
            inputs[domain] = input
        }
        for domain in Domain.allCases where present.contains(domain) && inputs[domain] == nil {
            throw mismatch("estimators.\(domain.rawValue)", "its input size, since its tensors are there", nil)
        }
        return inputs
    }

    /// The framing of each domain in the file.
    private static func framings(
        _ document: JSONObject, domains: [Domain], of row: FamilyRow
    ) throws(ModelFileError) -> [Domain: HeadFraming] {
        var framings: [Domain: HeadFraming] = [:]
        for domain in domains { framings[domain] = row.framing ?? .standard(of: domain) }
        let value = document["framing"] ?? .object(JSONObject())
        guard let members = value.objectValue?.members else { throw mismatch("framing", "an object", value) }
        for member in members {
            guard let domain = Domain(rawValue: member.name), domains.contains(domain) else {
                throw ModelFileError(
                    .metadata,
                    "metadata framing: expected only domains whose networks are in the file, "
                        + "got \(member.name.quotedForMessage)")
            }
            let numbers = member.value.arrayValue?.compactMap(\.doubleValue) ?? []
            guard numbers.count == 3, member.value.arrayValue?.count == 3,
                case let framing = HeadFraming(share: numbers[0], x: numbers[1], y: numbers[2]), framing.isPossible
            else {
                throw mismatch(
                    "framing.\(domain.rawValue)", "share, x and y, each a number above 0 and up to 1", member.value)
            }
            framings[domain] = framing
        }
        return framings
    }

    private static func text(_ name: String, _ document: JSONObject) throws(ModelFileError) -> String? {
        guard let value = document[name], value != .null else { return nil }
        guard let text = value.stringValue else { throw mismatch(name, "a string", value) }
        return text
    }

    /// The widths written down must be those of the tensors.
    private static func check(_ written: JSONValue?, against widths: [NetworkWidth]) throws(ModelFileError) {
        for width in widths {
            guard let claim = written?.objectValue?[width.name], claim.integerValue != width.value else { continue }
            throw mismatch("widths.\(width.name)", "\(width.value) as the tensors have it", claim)
        }
    }

    private static func mismatch(_ field: String?, _ expected: String, _ got: JSONValue?) -> ModelFileError {
        let place = field.map { "metadata \($0)" } ?? "metadata"
        let text = got.map { String($0.text.prefix(96)) } ?? "nothing"
        return ModelFileError(.metadata, "\(place): expected \(expected), got \(text)")
    }
}

extension AnimoWidths {
    /// The widths by the names the metadata gives them.
    var fields: [NetworkWidth] {
        [("warp_base", warpBase), ("edit_base", editBase), ("mx", limit), ("z", latent), ("coeff", coefficients)].map {
            NetworkWidth(name: $0, value: $1)
        }
    }
}
