/// Rows of text under a heading, in columns as wide as they need to be.
struct Table {
    enum Alignment: Sendable { case left, right }

    struct Column: Sendable {
        let title: String
        let alignment: Alignment

        static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
        static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    /// Missing cells stay empty, surplus ones are not shown; what others wrote stays in its cell.
    mutating func add(_ cells: String...) { rows.append(cells.map(Terminal.printable)) }

    /// The heading, then a line a row; no blanks at line ends.
    func render() -> String {
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in
            lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return lines.map { cells in
            let padded = columns.indices.map { column -> String in
                let text = column < cells.count ? cells[column] : ""
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                return columns[column].alignment == .left ? text + blanks : blanks + text
            }
            var line = padded.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n") + "\n"
    }

    /// `name   value` lines, the names in one column.
    static func facts(_ pairs: [(String, String)]) -> String {
        let width = pairs.map(\.0.count).max() ?? 0
        return pairs.map { name, value in
            name + String(repeating: " ", count: width - name.count) + "  " + Terminal.printable(value) + "\n"
        }.joined()
    }
}
