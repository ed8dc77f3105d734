import AnimoCLI
import AnimoJSON
import AnimoModelFile
import AnimoMotion
import Foundation

/// A model file's facts, for people and scripts.
struct ModelReport {
    private let inspection: ModelInspection
    private let fileBytes: Int

    init(_ inspection: ModelInspection, fileBytes: Int) {
        (self.inspection, self.fileBytes) = (inspection, fileBytes)
    }

    /// `6.8 MiB, 629 tensors, 3507366 parameters, anime and vox at 128×128`
    var line: String {
        let tensors = inspection.parts.reduce(0) { $0 + $1.tensors }
        let side = inspection.nativeSize.map { " at \($0)×\($0)" } ?? ""
        let kind =
            inspection.domains.isEmpty ? inspection.family ?? "" : inspection.domains.joined(separator: " and ") + side
        return "\(Quantity.bytes(UInt64(fileBytes))), \(tensors) tensors, \(inspection.parameters) parameters, \(kind)"
    }

    var text: String {
        let facts = (identity + abilities).filter { !$0.1.isEmpty }
        var table = Table(.left("part"), .right("tensors"), .right("parameters"), .right("size"))
        for part in inspection.parts {
            table.add(part.name, "\(part.tensors)", "\(part.parameters)", Quantity.bytes(UInt64(part.bytes)))
        }
        let text = Table.facts(facts) + "\n" + table.render()
        guard !inspection.channels.isEmpty else { return text }
        let mapping = PoseMapping(channels: inspection.channels, basis: nil)
        var channels = Table(.right(""), .left("channel"), .right("from"), .right("to"), .left("unit"))
        for (index, name) in inspection.channels.enumerated() {
            let range = mapping.range(of: index)
            channels.add(
                "\(index)", name, Quantity.plain(Double(range.lowerBound)),
                Quantity.plain(Double(range.upperBound)), mapping.unit(of: index))
        }
        let note = inspection.channelsInferred ? "(the channels' positions are inferred, not published)\n" : ""
        return text + "\n" + channels.render() + note
    }

    /// Name, family and origin; empty values are left out.
    private var identity: [(String, String)] {
        let version = inspection.version.map { ", version \($0)" } ?? ""
        return [
            ("format", inspection.format), ("title", inspection.title ?? ""),
            ("family", inspection.family.map { $0 + version } ?? "unknown"),
            ("weights from", inspection.copy ?? ""), ("licence", inspection.licence ?? ""),
            ("origin", inspection.origin ?? ""), ("digest", inspection.sha256 ?? ""),
            ("size", Quantity.bytes(UInt64(fileBytes))),
        ] + inspection.partOrigins.sorted { $0.key < $1.key }.map { ("part \($0.key)", $0.value) }
    }

    /// Pictures that it renders, and drivers that it takes.
    private var abilities: [(String, String)] {
        // For a model that renders nothing, missing abilities are left blank.
        let isSilent = inspection.domains.isEmpty && inspection.version != nil
        let none = isSilent ? "" : "none"
        let readers = inspection.readers.map {
            "\($0.domain.rawValue) by \($0.part) from \($0.side)×\($0.side)"
                + ($0.mapping.map { ", mapping \($0)" } ?? "")
        }
        let framings = inspection.framings.sorted { $0.key < $1.key }.map { domain, numbers in
            "\(domain) \(numbers.map(Quantity.plain).joined(separator: ", "))"
        }
        let widths = inspection.widths.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let kinds = inspection.kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let side = inspection.nativeSize.map { "\($0)×\($0)" } ?? ""
        return [
            ("domains", inspection.domains.joined(separator: ", ")), ("native size", side),
            ("estimators", readers.joined(separator: ", ")),
            ("face's place", framings.joined(separator: "; ")),
            ("driven by", inspection.drivers.joined(separator: ", ")),
            ("pose basis", inspection.poseBasis ? "yes" : none), ("pictures", pictures), ("sampling", sampling),
            ("widths", widths.joined(separator: ", ")), ("tensors", kinds.joined(separator: ", ")),
        ]
    }

    /// `-1 to 1, 27 frames to one`
    private var pictures: String {
        guard let range = inspection.imageRange, let window = inspection.window else { return "" }
        return range.map(String.init).joined(separator: " to ") + (window > 1 ? ", \(window) frames to one" : "")
    }

    /// `zeros beyond the edge, aligned corners`
    private var sampling: String {
        guard let padding = inspection.gridPadding else { return "" }
        return "\(padding) beyond the edge" + (inspection.alignsCorners == true ? ", aligned corners" : "")
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try JSONValue(parsing: encoder.encode(inspection)).pretty
        }
    }
}
