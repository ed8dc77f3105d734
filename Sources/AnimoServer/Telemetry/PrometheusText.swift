/// Prometheus' text format, version 0.0.4.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every family that has a series: facts of the moment from `snapshot`, the others from `store`.
    static func render(_ snapshot: ServerSnapshot, _ store: MetricStore) -> String {
        MetricFamily.allCases.map { family in
            let (name, row) = (family.rawValue, family.row)
            let lines =
                if let facts = row.facts {
                    facts(snapshot).sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
                        .map { line(name, Array(zip(row.labels, $0.labels)), $0.value) }
                } else {
                    store.series(of: family).map { series(name, row, $0.labels, $0.series) }
                }
            guard !lines.isEmpty else { return "" }
            return "# HELP \(name) \(row.help)\n# TYPE \(name) \(row.kind.word)\n" + lines.joined()
        }.joined()
    }

    private static func series(_ name: String, _ row: MetricRow, _ values: [String], _ series: MetricStore.Series)
        -> String
    {
        let labels = Array(zip(row.labels, values))
        switch series {
        case .count(let series): return line(name, labels, Double(series.value))
        case .distribution(let series):
            guard case .histogram(let bounds, let units) = row.kind else { return "" }
            let found = series.cumulative(bounds.map { UInt64($0 * units) })
            var text = ""
            for (bound, count) in zip(bounds, found.counts) {
                text += line(name + "_bucket", labels + [("le", number(bound))], Double(count))
            }
            text += line(name + "_bucket", labels + [("le", "+Inf")], Double(found.total))
            text += line(name + "_sum", labels, found.sum / units)
            return text + line(name + "_count", labels, Double(found.total))
        }
    }

    private static func line(_ name: String, _ labels: [(String, String)], _ value: Double) -> String {
        let pairs = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        return "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n", "\r\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

extension MetricRow.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
