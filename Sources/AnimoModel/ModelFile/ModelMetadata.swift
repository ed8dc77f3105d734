import AnimoCheckpoint

/// What a model file says of itself, checked against its tensors.
public struct ModelMetadata: Sendable, Equatable {
    public var version: Int
    public var family: String
    /// The side in pixels at which the networks were trained and the flow is found.
    public var nativeSize: Int
    /// The values of black and white in the networks' pictures.
    public var imageRange: ClosedRange<Float>
    /// Names of the 20 numbers of a pose.
    public var channels: [String]
    /// Whether which number is which was inferred and not published.
    public var channelsInferred: Bool
    /// For each domain with an estimator the side of the picture it reads.
    public var estimators: [Domain: Int]
    /// From the tensors' shapes.
    public var widths: AnimoWidths
    /// Domains whose networks are in the file.
    public var domains: [Domain]
    public var title: String?
    public var licence: String?
    /// Where the weights came from, as the file says it.
    public var origin: JSONValue?
    /// Everything the file says, known or not, in its order.
    public var document: JSONObject
}

extension ModelMetadata {
    /// The key in the container's metadata.
    static let key = "animo"
    /// The version read and written.
    static let version = 1
    static let family = "animo"
    /// Sides that a network may be trained at.
    static let sizes = 32...4096

    /// Reads the metadata's text and checks every field that serving relies on.
    init(
        parsing text: String, widths: AnimoWidths, domains: [Domain], estimators present: Set<Domain>
    ) throws(ModelFileError) {
        let document: JSONObject
        do {
            guard case .object(let object) = try JSONValue(parsing: text.utf8) else {
                throw Self.mismatch(nil, "an object", nil)
            }
            document = object
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.metadata, "metadata \(Self.key): \(error)")
        }
        guard let version = document["version"]?.integerValue, version == Self.version else {
            throw Self.mismatch("version", "\(Self.version)", document["version"])
        }
        guard let family = document["family"]?.stringValue, family == Self.family else {
            throw Self.mismatch("family", "\"\(Self.family)\"", document["family"])
        }
        guard let size = document["native_size"]?.integerValue, Self.sizes.contains(size), size.isMultiple(of: 32)
        else { throw Self.mismatch("native_size", "a multiple of 32 up to 4096", document["native_size"]) }
        guard let range = document["image_range"]?.arrayValue, range.map(\.doubleValue) == [0, 1] else {
            throw Self.mismatch("image_range", "[0, 1]", document["image_range"])
        }
        self.init(
            version: version, family: family, nativeSize: size, imageRange: 0...1,
            channels: try Self.channels(document), channelsInferred: try Self.inferred(document),
            estimators: try Self.estimators(document, present: present), widths: widths, domains: domains,
            title: try Self.text("title", document), licence: try Self.text("licence", document),
            origin: document["origin"], document: document)
        try Self.check(document["widths"], against: widths)
    }

    private static func channels(_ document: JSONObject) throws(ModelFileError) -> [String] {
        let names = document["channels"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let fit = names.allSatisfy { !$0.isEmpty && $0.utf8.count <= 64 }
        guard names.count == Pose.count, document["channels"]?.arrayValue?.count == Pose.count, fit,
            Set(names).count == Pose.count
        else { throw mismatch("channels", "\(Pose.count) different names", document["channels"]) }
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

    private static func text(_ name: String, _ document: JSONObject) throws(ModelFileError) -> String? {
        guard let value = document[name], value != .null else { return nil }
        guard let text = value.stringValue else { throw mismatch(name, "a string", value) }
        return text
    }

    /// The widths written down must be those of the tensors.
    private static func check(_ written: JSONValue?, against widths: AnimoWidths) throws(ModelFileError) {
        for (name, value) in widths.fields {
            guard let claim = written?.objectValue?[name], claim.integerValue != value else { continue }
            throw mismatch("widths.\(name)", "\(value) as the tensors have it", claim)
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
    var fields: [(name: String, value: Int)] {
        [("warp_base", warpBase), ("edit_base", editBase), ("mx", limit), ("z", latent), ("coeff", coefficients)]
    }
}
