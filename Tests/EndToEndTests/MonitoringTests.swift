import AnimoTestSupport
import Foundation
import Testing

/// The alert rules and the dashboard: Prometheus takes them, and all they name is exported.
struct MonitoringTests {
    private static func url(_ file: String) -> URL { Fixtures.package.appendingPathComponent("systemd/\(file)") }
    private static func text(_ file: String) throws -> String { try String(contentsOf: url(file), encoding: .utf8) }

    /// Values of the key `expr` of a dashboard, wherever they are.
    private static func expressions(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]:
            object.flatMap { key, value in
                if key == "expr", let text = value as? String { return [text] }
                return expressions(in: value)
            }
        case let array as [Any]: array.flatMap(expressions)
        default: []
        }
    }

    private static func dashboard() throws -> [String] {
        expressions(in: try JSONSerialization.jsonObject(with: Data(contentsOf: url("dashboard.json"))))
    }

    /// Names of samples with the labels that they have, as exported.
    private static func exported(_ page: String) -> [String: Set<String>] {
        page.split(separator: "\n").filter { !$0.hasPrefix("#") }.reduce(into: [:]) { found, line in
            let name = String(line.prefix { $0 != "{" && $0 != " " })
            found[name, default: []].formUnion(labels(of: line.drop { $0 != "{" }))
        }
    }

    /// Names of labels in braces.
    private static func labels(of selector: Substring) -> [String] {
        selector.matches(of: #/[{,]\s*([a-z_]+)\s*[=!]/#).map { String($0.1) }
    }

    @Test func allThatIsNamedIsExported() async throws {
        let metrics = MetricsTests()
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        try await metrics.busy(daemon)
        let exported = try await Self.exported(metrics.get("/metrics", from: daemon).body)
        // What Prometheus adds itself.
        let added: Set<String> = ["job", "instance"]
        let rules = try Self.text("alerts.yml").split(separator: "\n").filter {
            !$0.contains("annotations:") && !$0.hasPrefix("#")
        }.joined(separator: "\n")
        let dashboard = try Self.dashboard()
        #expect(dashboard.count > 40)
        var named: Set<String> = []
        for text in [rules] + dashboard {
            for match in text.matches(of: #/\b((?:animod|process)_[a-z_]+)(\{[^}]*\})?/#) {
                let name = String(match.1)
                named.insert(name)
                let labels = try #require(exported[name], "\(name) is not exported")
                for label in match.2.map(Self.labels) ?? [] {
                    #expect(labels.union(added).contains(label), "\(name) has no label \(label)")
                }
            }
            let all = exported.values.reduce(into: added.union(["le"])) { $0.formUnion($1) }
            for match in text.matches(of: #/by \(([a-z_, ]+)\)/#) {
                for label in match.1.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                    #expect(all.contains(label), "by (\(label))")
                }
            }
        }
        // And all that is exported is shown, but for what only tells what the daemon is.
        let shown = Set(
            named.map { name in
                ["_bucket", "_sum", "_count"].reduce(name) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
            })
        let families = Set(
            exported.keys.map { name in
                ["_bucket", "_sum", "_count"].reduce(name) { $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0 }
            })
        #expect(families.subtracting(shown) == ["animod_info"])
        #expect(await daemon.stop() == 0)
    }

    @Test func everyAlertIsExplained() throws {
        let alerts = try Self.text("alerts.yml").matches(of: #/- alert: (\w+)/#).map { String($0.1) }
        let explained = try Self.text("monitoring.md").matches(of: #/(?m)^### (\w+)$/#).map { String($0.1) }
        #expect(alerts == explained)
        let tested = try Set(Self.text("alerts-test.yml").matches(of: #/alertname: (\w+)/#).map { String($0.1) })
        #expect(tested == Set(alerts))
    }

    @Test(
        .enabled(if: Command.find("promtool") != nil, "needs promtool, of Debian's package prometheus"),
        arguments: [["check", "rules"], ["test", "rules"]])
    func prometheusTakesTheRules(command: [String]) async throws {
        let promtool = try #require(Command.find("promtool"))
        let file = command[0] == "check" ? "alerts.yml" : "alerts-test.yml"
        let result = try await Command.run(promtool, command + [Self.url(file).path])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.text.contains("SUCCESS"))
    }
}
