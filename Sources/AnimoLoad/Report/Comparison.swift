import Foundation

/// An earlier measurement's numbers beside today's.
package struct Comparison: Sendable {
    /// Measurements that cannot be compared.
    package enum Problem: Error, Sendable, CustomStringConvertible {
        case unreadable(String)
        case nothingInCommon

        /// Text for a person.
        package var description: String {
            switch self {
            case .unreadable(let file):
                "--compare: expected a measurement's JSON, as --json prints it, in '\(file)'; it cannot be read as that"
            case .nothingInCommon: "--compare: expected a measurement of the same kind, got one without a row in common"
            }
        }
    }

    /// One number, then and now.
    package struct Row: Sendable, Equatable {
        /// Name of the row and the number.
        package let name: String
        /// The earlier value.
        package let old: Double
        /// The new value.
        package let new: Double

        /// New over old.
        package var ratio: Double { old == 0 ? (new == 0 ? 1 : .infinity) : new / old }
    }

    private let old: [(name: String, value: Double)]
    private let measures: [String]

    /// - Parameter measures: names of the numbers to show, wherever they stand; of an object, all that is in it.
    package init(against path: String, measures: [String]) throws {
        guard let data = FileManager.default.contents(atPath: path),
            let document = try? JSONSerialization.jsonObject(with: data)
        else { throw Problem.unreadable(path) }
        self.measures = measures
        old = Self.numbers(document, name: "", measures: measures)
    }

    /// Old, new and new / old of every number that both have; rows are matched by what names them, then by place.
    package func rows(_ json: String) throws -> [Row] {
        guard let document = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else {
            throw Problem.unreadable("this run")
        }
        var waiting = Dictionary(grouping: old, by: \.name)
        let rows = Self.numbers(document, name: "", measures: measures).compactMap { name, value -> Row? in
            guard let match = waiting[name]?.first else { return nil }
            waiting[name]?.removeFirst()
            return Row(name: name, old: match.value, new: value)
        }
        guard !rows.isEmpty else { throw Problem.nothingInCommon }
        return rows
    }

    /// The comparison as a table.
    package func text(_ json: String) throws -> String {
        var table = TextTable(["", "old", "new", "new/old"])
        for row in try rows(json) {
            table.add([row.name, Self.short(row.old), Self.short(row.new), row.ratio.fixed(3)])
        }
        return table.render()
    }

    private static func short(_ value: Double) -> String {
        abs(value) >= 1000 || value == value.rounded() ? value.fixed(0) : String(format: "%.4g", value)
    }

    /// Every number to show, under the words that name its row.
    private static func numbers(_ value: Any, name: String, measures: [String]) -> [(name: String, value: Double)] {
        if let items = value as? [Any] {
            return items.flatMap { numbers($0, name: name, measures: measures) }
        }
        guard let object = value as? [String: Any] else { return [] }
        let row = joined(name, label(object))
        return object.sorted { $0.key < $1.key }.flatMap { key, value -> [(name: String, value: Double)] in
            // The steps of a search, which are not the same twice.
            if key == "tried" { return [] }
            if let inner = value as? [String: Any], measures.contains(key) {
                return inner.sorted { $0.key < $1.key }.compactMap { part, value in
                    (value as? NSNumber).map { (joined(row, "\(key) \(part)"), $0.doubleValue) }
                }
            }
            if value is [Any] || value is [String: Any] { return numbers(value, name: row, measures: measures) }
            guard measures.contains(key), let number = value as? NSNumber else { return [] }
            return [(joined(row, key), number.doubleValue)]
        }
    }

    /// Returns the fields that tell an object from its neighbours.
    private static func label(_ object: [String: Any]) -> String {
        if let layer = object["layer"] as? String { return layer }
        guard let sessions = object["sessions"] as? NSNumber else { return "" }
        let rate = (object["fps"] as? NSNumber).map { " at \($0) fps" } ?? ""
        return "\(sessions) session\(sessions == 1 ? "" : "s")\(rate):"
    }

    private static func joined(_ first: String, _ second: String) -> String {
        first.isEmpty ? second : second.isEmpty ? first : first + " " + second
    }
}
