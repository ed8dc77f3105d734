import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoServer

/// The table of metrics in the documentation is the list in the code.
struct MetricTableTests {
    private static func row(_ family: MetricFamily) -> String {
        let row = family.row
        let kind =
            switch row.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        let labels = row.labels.joined(separator: ", ")
        return "| `\(family.rawValue)` | \(kind) | \(labels) | \(row.help.dropLast()) |"
    }

    @Test func theDocumentationHasTheTable() throws {
        let page = try String(
            contentsOf: Fixtures.package.appendingPathComponent("systemd/monitoring.md"), encoding: .utf8)
        let section = page.components(separatedBy: "\n## Metrics\n").dropFirst().first ?? ""
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(rows == MetricFamily.allCases.map(Self.row))
    }

    @Test func everyMetricIsExplainedInASentence() {
        #expect(MetricFamily.allCases.allSatisfy { $0.row.help.hasSuffix(".") })
    }
}
