import Foundation

/// Rows under a heading: the first column to the left, numbers to the right.
package struct TextTable: Sendable {
    private var rows: [[String]]

    /// Creates a table with a heading.
    package init(_ heading: [String]) { rows = [heading] }

    /// Adds a row.
    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The table as lines, each with its end.
    package func render() -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + blanks : blanks + row[column]
            }
            return cells.joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension Double {
    /// With so many digits behind the point.
    func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }

    /// Seconds as milliseconds.
    var milliseconds: String { (self * 1000).fixed(1) }
}
