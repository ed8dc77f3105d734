import AnimoCheckpoint
import AnimoJSON
import AnimoMotion

/// Contents of a model file or a checkpoint, for people and for scripts.
package struct ModelInspection: Codable, Sendable, Equatable {
    /// A network or another group of tensors.
    package struct Part: Codable, Sendable, Equatable {
        /// Name of the part.
        package var name: String
        /// Number of its tensors.
        package var tensors: Int
        /// Number of weights.
        package var parameters: Int
        /// Size of the weights, in bytes.
        package var bytes: Int
    }

    /// "model file", or the container of a checkpoint that `convert` reads.
    package var format: String
    /// Such as "animo"; nil where the tensors are of no family known here.
    package var family: String?
    /// The copy of its weights that `convert` takes, where a checkpoint has several: the prefix of their names.
    package var copy: String?
    /// Version of the format; nil for a checkpoint.
    package var version: Int?
    /// Title that the file states.
    package var title: String?
    /// Licence that the file states.
    package var licence: String?
    /// Side in pixels at which the networks were trained.
    package var nativeSize: Int?
    /// Domains whose networks are in the file.
    package var domains: [String]
    /// The side of the picture each domain's estimator reads.
    package var estimators: [String: Int]
    /// Readers of driving frames, as `describe` lists them for the served model.
    package var readers: [FrameReaderFacts] = []
    /// Place of the face in each domain's pictures: its share of the side, and its middle.
    package var framings: [String: [Double]]
    /// Origin of the weights.
    package var origin: String?
    /// Origins of parts whose files said so.
    package var partOrigins: [String: String]
    /// Widths of the networks by name.
    package var widths: [String: Int]
    /// Names of a pose's numbers, in order.
    package var channels: [String]
    /// Indicates whether the channels' order was inferred and not published.
    package var channelsInferred: Bool
    /// Indicates whether there is a pose basis.
    package var poseBasis: Bool
    /// Kinds of drivers it takes, in words.
    package var drivers: [String]
    /// Facts of arithmetic in which families differ.
    package var imageRange: [Int]?
    /// Frames that one picture is rendered from.
    package var window: Int?
    /// Padding of sampling grids: border or zeros.
    package var gridPadding: String?
    /// Indicates whether sampling grids align corners.
    package var alignsCorners: Bool?
    /// Networks and other groups of tensors.
    package var parts: [Part]
    /// Number of weights.
    package var parameters: Int
    /// Size of the weights, in bytes.
    package var bytes: Int
    /// Kinds of number, with how many tensors are of each.
    package var kinds: [String: Int]
    /// SHA-256 of the file.
    package var sha256: String?
    /// Reason why the file cannot be served as it is; nil for a good model file.
    package var fault: String?

    /// Names of the fields in `animoctl inspect --json`.
    enum CodingKeys: String, CodingKey {
        case format, family, copy, version, title, licence
        case nativeSize = "native_size"
        case domains, estimators, readers, framings, origin, widths, channels
        case partOrigins = "part_origins"
        case channelsInferred = "channels_inferred"
        case poseBasis = "pose_basis"
        case drivers = "driven_by"
        case imageRange = "image_range"
        case window
        case gridPadding = "grid_padding"
        case alignsCorners = "align_corners"
        case parts, parameters, bytes, kinds, sha256, fault
    }
}

extension ModelInspection {
    /// Looks into a file of any container.
    ///
    /// - Throws: where it is none of them or damaged. A container that is whole but no model is described, with the
    ///   reason in ``fault``.
    package init(inspecting file: FileBytes) throws(ModelFileError) {
        let input: ConversionInput
        do {
            input = try ConversionInput(file)
        } catch {
            throw ModelFileError(error)
        }
        let archive = input.archive
        self.init(archive, format: input.format)
        if let text = archive.metadata[ModelMetadata.key], let document = try? JSONValue(parsing: text.utf8) {
            describe(document.objectValue ?? JSONObject())
        }
        guard input.isSafetensors, archive.metadata[ModelMetadata.key] != nil else {
            fault =
                family == nil ? "its tensors are of no known family" : "not a model file: animoctl convert makes one"
            if family == nil, let part = PartRow.publishing(archive) {
                fault = "a part of a model: animoctl convert adds it to one by --part \(part.name)"
            }
            return
        }
        do {
            self.init(of: try ModelFile(file))
        } catch {
            fault = error.message
        }
    }

    /// Describes a model file.
    package init(of file: ModelFile) {
        self.init(ArrayArchive(arrays: file.arrays), format: "model file")
        let metadata = file.metadata
        family = metadata.family.rawValue
        copy = nil
        version = metadata.version
        describe(metadata.document)
        nativeSize = metadata.nativeSize
        domains = metadata.domains.map(\.rawValue)
        for (domain, input) in metadata.estimators { estimators[domain.rawValue] = input }
        readers = metadata.frameReaders
        for width in metadata.widths { widths[width.name] = width.value }
        drivers = metadata.drivers
        if FamilyRow.row(of: metadata.family)?.canRender == true {
            let facts = metadata.facts
            imageRange = [Int(facts.imageRange.lowerBound), Int(facts.imageRange.upperBound)]
            (window, gridPadding, alignsCorners) = (facts.window, facts.gridPadding.rawValue, facts.alignsCorners)
        }
        for (domain, framing) in metadata.framings {
            framings[domain.rawValue] = [framing.share, framing.x, framing.y]
        }
        // Names of channels matter only where poses drive the model.
        if metadata.takesPoses {
            channels = metadata.channels
            channelsInferred = metadata.channelsInferred
        }
        sha256 = file.digestText
    }

    /// Title, terms and origin as the metadata gives them, and those of parts that came from elsewhere.
    private mutating func describe(_ document: JSONObject) {
        title = document["title"]?.stringValue
        licence = document["licence"]?.stringValue
        origin = document["origin"].map(Self.line)
        for part in document["parts"]?.objectValue?.members ?? [] {
            partOrigins[part.name] = Self.line(part.value)
        }
    }

    /// A JSON object as a line: its members' values, one after the other.
    private static func line(_ value: JSONValue) -> String {
        guard let members = value.objectValue?.members else { return value.stringValue ?? value.text }
        return members.map { "\($0.name.replacing("_", with: " ")) \(line($0.value))" }.joined(separator: ", ")
    }

    /// The facts that the tensors alone tell.
    private init(_ archive: ArrayArchive, format: String) {
        let arrays = archive.arrays
        var parts: [String: Part] = [:]
        var kinds: [String: Int] = [:]
        for (name, array) in arrays {
            let part = Self.part(of: name)
            let bytes = array.count * array.elementType.size
            parts[part, default: Part(name: part, tensors: 0, parameters: 0, bytes: 0)].tensors += 1
            parts[part]?.parameters += array.count
            parts[part]?.bytes += bytes
            kinds[array.elementType.rawValue, default: 0] += 1
        }
        let published = PublishedWeights.find(in: archive)
        self.init(
            format: format, family: published?.row.family.rawValue,
            copy: published?.weights.place, domains: [],
            estimators: [:], framings: [:], partOrigins: [:], widths: [:], channels: [], channelsInferred: false,
            poseBasis: arrays[TensorInventory.basisName] != nil, drivers: [],
            parts: parts.values.sorted { $0.name < $1.name },
            parameters: parts.values.reduce(0) { $0 + $1.parameters }, bytes: parts.values.reduce(0) { $0 + $1.bytes },
            kinds: kinds)
    }

    /// The network a tensor belongs to: two components of its name under a domain or a checkpoint's dictionary of
    /// networks, else one.
    private static func part(of name: String) -> String {
        let components = name.split(separator: ".", omittingEmptySubsequences: false)
        let first = String(components.first ?? "")
        let isDeep =
            Domain(rawValue: first) != nil
            || ["state_dict", "net_G", "net_G_ema", "running_averages", "face"].contains(first)
        return components.prefix(isDeep ? 2 : 1).joined(separator: ".")
    }
}

extension ModelInspection: CustomStringConvertible {
    /// Lines for a terminal.
    package var description: String {
        var lines: [(String, String)] = [("format", format)]
        if let title { lines.append(("title", title)) }
        if let licence { lines.append(("licence", licence)) }
        if let family { lines.append(("family", version.map { "\(family), version \($0)" } ?? family)) }
        if let copy { lines.append(("weights from", copy)) }
        if let nativeSize { lines.append(("native size", "\(nativeSize) × \(nativeSize)")) }
        if !domains.isEmpty { lines.append(("domains", domains.joined(separator: ", "))) }
        for reader in readers {
            let way = reader.mapping.map { ", mapping \($0)" } ?? ""
            lines.append(
                ("reader", "\(reader.domain.rawValue) by \(reader.part) from \(reader.side) × \(reader.side)\(way)"))
        }
        for (domain, numbers) in framings.sorted(by: { $0.key < $1.key }) {
            lines.append(("framing", "\(domain): \(numbers.map { String($0) }.joined(separator: ", "))"))
        }
        if let origin { lines.append(("origin", origin)) }
        for (part, origin) in partOrigins.sorted(by: { $0.key < $1.key }) { lines.append((part, origin)) }
        if !widths.isEmpty {
            let list = widths.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append(("widths", list.joined(separator: ", ")))
        }
        if poseBasis || (version != nil && !domains.isEmpty) {
            lines.append(("pose basis", poseBasis ? "yes" : "none: poses cannot drive this model"))
        }
        if !drivers.isEmpty { lines.append(("driven by", drivers.joined(separator: ", "))) }
        if !channels.isEmpty {
            lines.append(("channels", channels.joined(separator: " ") + (channelsInferred ? " (inferred)" : "")))
        }
        let list = kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        lines.append(("numbers", list.joined(separator: ", ")))
        for part in parts {
            lines.append(("part", "\(part.name): \(part.parameters) parameters in \(part.tensors) tensors"))
        }
        lines.append(("parameters", "\(parameters) in \(bytes) bytes"))
        if let sha256 { lines.append(("sha256", sha256)) }
        if let fault { lines.append(("fault", fault)) }
        return lines.map { name, value in
            name + String(repeating: " ", count: max(1, 14 - name.count)) + value.printable
        }
        .joined(separator: "\n")
    }
}
