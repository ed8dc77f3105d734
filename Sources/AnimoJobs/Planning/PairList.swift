/// A list of pairs as people write it: CSV with the columns source, driving and, where a row has it, output.
///
/// UTF-8, RFC 4180: a field in quotes may hold commas, line ends and doubled quotes. A first row `source,driving` is
/// a header. Empty lines are skipped.
package enum PairList {
    /// - Throws: `badData`, naming the line.
    package static func read(_ bytes: [UInt8]) throws(JobError) -> [ItemNames.Pair] {
        let marked: ArraySlice<UInt8> = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: marked, as: UTF8.self) else {
            throw JobError(.badData, "the list of pairs: expected UTF-8")
        }
        var pairs: [ItemNames.Pair] = []
        for (index, row) in try rows(text).enumerated() {
            let fields = row.fields
            if index == 0, fields.prefix(2).map({ $0.lowercased() }) == ["source", "driving"] { continue }
            guard (2...3).contains(fields.count), !fields[0].isEmpty, !fields[1].isEmpty else {
                throw JobError(
                    .badData, "line \(row.line): expected source,driving[,output], got \(fields.count) fields")
            }
            let given = fields.count == 3 && !fields[2].isEmpty ? fields[2] : nil
            if let given, given.contains("/") || given == "." || given == ".." || given.contains("\0") {
                throw JobError(.badData, "line \(row.line): output: expected the name of a file, without folders")
            }
            pairs.append(.init(source: fields[0], driving: fields[1], given: given))
        }
        guard !pairs.isEmpty else {
            throw JobError(.badData, "the list of pairs: expected rows source,driving, got none")
        }
        var names: Set<String> = []
        for pair in pairs {
            guard let given = pair.given else { continue }
            guard names.insert(given.lowercased()).inserted else {
                throw JobError(.badData, "output: expected '\(given)' once, got it again")
            }
        }
        return pairs
    }

    private struct Row {
        var line: Int
        var fields: [String]
    }

    private static func rows(_ text: String) throws(JobError) -> [Row] {
        var rows: [Row] = []
        var fields: [String] = []
        var field = ""
        var (line, begun) = (1, 1)
        var (isQuoted, wasQuoted) = (false, false)
        func isBlank() -> Bool { fields.isEmpty && field.isEmpty && !wasQuoted }
        func endRow() {
            if !isBlank() { rows.append(Row(line: begun, fields: fields + [field])) }
            (fields, field, wasQuoted) = ([], "", false)
            begun = line + 1
        }
        // Scalars: a character may join a carriage return with its line feed.
        var scalars = text.unicodeScalars.makeIterator()
        var pending = scalars.next()
        while let scalar = pending {
            pending = scalars.next()
            if isQuoted {
                if scalar == "\n" { line += 1 }
                guard scalar == "\"" else {
                    field.unicodeScalars.append(scalar)
                    continue
                }
                if pending == "\"" {
                    field += "\""
                    pending = scalars.next()
                } else {
                    isQuoted = false
                    if let next = pending, next != ",", next != "\n", next != "\r" {
                        throw JobError(.badData, "line \(line): expected a comma after the closing quote")
                    }
                }
                continue
            }
            switch scalar {
            case "\"":
                guard field.isEmpty, !wasQuoted else {
                    throw JobError(.badData, "line \(line): a quote within a field; the whole field must be quoted")
                }
                (isQuoted, wasQuoted) = (true, true)
            case ",":
                fields.append(field)
                (field, wasQuoted) = ("", false)
            case "\r" where pending == "\n": continue
            case "\n":
                endRow()
                line += 1
            default: field.unicodeScalars.append(scalar)
            }
        }
        guard !isQuoted else { throw JobError(.badData, "line \(begun): expected a closing quote") }
        endRow()
        return rows
    }
}
