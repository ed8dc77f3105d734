import AnimoTestSupport
import Foundation

/// A unit file's assignments, as far as the tests read them.
struct UnitFile {
    /// `section.name` to its values, in order.
    private var values: [String: [String]] = [:]

    /// Reads `name` from the package's folder `systemd`.
    init(_ name: String) throws {
        let url = Fixtures.package.appendingPathComponent("systemd").appendingPathComponent(name)
        var section = ""
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
            } else if let equals = line.firstIndex(of: "=") {
                values["\(section).\(line[..<equals])", default: []].append(String(line[line.index(after: equals)...]))
            }
        }
    }

    /// The only value of `name`, for instance `Service.Type`; nil where there is none or more than one.
    subscript(name: String) -> String? { values[name].flatMap { $0.count == 1 ? $0[0] : nil } }

    /// Returns whether `name` is assigned at all.
    func assigns(_ name: String) -> Bool { values[name] != nil }
}
