/// Prometheus' text format, version 0.0.4.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every family that has a series.
    static func render(_ store: MetricStore) -> String {
        MetricFamily.allCases.map { render($0, store.series(of: $0)) }.joined()
    }

    private static func render(_ family: MetricFamily, _ series: [(labels: [String], series: MetricStore.Series)])
        -> String
    {
        guard !series.isEmpty else { return "" }
        let name = family.rawValue
        var text = "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.word)\n"
        for (values, series) in series {
            let labels = Array(zip(family.labels, values))
            switch series {
            case .count(let series): text += line(name, labels, series.value)
            case .level(let series): text += line(name, labels, series.value)
            case .distribution(let series):
                guard case .histogram(let bounds, let units) = family.kind else { continue }
                let found = series.cumulative(bounds.map { UInt64($0 * units) })
                for (bound, count) in zip(bounds, found.counts) {
                    text += line(name + "_bucket", labels + [("le", number(bound))], Double(count))
                }
                text += line(name + "_bucket", labels + [("le", "+Inf")], Double(found.total))
                text += line(name + "_sum", labels, found.sum / units)
                text += line(name + "_count", labels, Double(found.total))
            }
        }
        return text
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

extension MetricFamily.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
