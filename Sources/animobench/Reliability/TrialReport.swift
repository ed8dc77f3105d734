import AnimoFaultInjection
import AnimoLoad
import Foundation

/// Results of a scenario: numbers in the order they were taken, and invariants that were violated.
///
/// Times are reported and never judged: a busy machine violates no invariant.
struct TrialReport {
    private(set) var numbers: [(name: String, value: Double)] = []
    private(set) var broken: [String] = []

    mutating func tell(_ name: String, _ value: Double) { numbers.append((name, (value * 1000).rounded() / 1000)) }

    mutating func tell(_ name: String, _ value: Int) { tell(name, Double(value)) }

    mutating func require(_ holds: Bool, _ violation: String) { if !holds { broken.append(violation) } }

    /// Delays beside those of a quiet run.
    mutating func tell(_ loaded: GoodClients.Report, beside quiet: GoodClients.Report) {
        tell("good_calls", loaded.succeeded)
        tell("good_failures", loaded.failures.count + loaded.refused)
        for (name, report) in [("quiet", quiet), ("loaded", loaded)] {
            tell("\(name)_p50_ms", report.delay(share: 0.5) * 1000)
            tell("\(name)_p99_ms", report.delay(share: 0.99) * 1000)
        }
        for name in loaded.stages.keys.sorted() {
            for (run, report) in [("quiet", quiet), ("loaded", loaded)] {
                let seconds = Percentiles(report.stages[name] ?? [])
                tell("\(name)_\(run)_p50_ms", seconds[0.5] * 1000)
                tell("\(name)_\(run)_p99_ms", seconds[0.99] * 1000)
            }
        }
        let base = quiet.delay(share: 0.99)
        tell("p99_ratio", base == 0 ? 0 : loaded.delay(share: 0.99) / base)
        require(loaded.failures.isEmpty, "a good call failed: \(loaded.failures.first ?? "")")
        let first = loaded.firstRefusal.map { "; the first after \(Int($0.after)) s: \($0.message)" } ?? ""
        require(loaded.refused == 0, "\(loaded.refused) good calls were rejected or past their deadline\(first)")
    }

    /// Times of one thing, in seconds, beside those of a quiet run.
    mutating func tell(_ name: String, _ loaded: [Double], beside quiet: [Double]) {
        let (quiet, loaded) = (Percentiles(quiet), Percentiles(loaded))
        for (run, times) in [("quiet", quiet), ("loaded", loaded)] {
            tell("\(name)_\(run)_p50_ms", times[0.5] * 1000)
            tell("\(name)_\(run)_p99_ms", times[0.99] * 1000)
        }
        tell("\(name)_p99_ratio", quiet[0.99] == 0 ? 0 : loaded[0.99] / quiet[0.99])
    }

    mutating func tell(_ before: PrivateDaemon.Resources, _ after: PrivateDaemon.Resources) {
        tell("resident_mib_before", Double(before.residentBytes) / 1_048_576)
        tell("resident_mib_after", Double(after.residentBytes) / 1_048_576)
        tell("descriptors_before", before.descriptors)
        tell("descriptors_after", after.descriptors)
        tell("threads_before", before.threads)
        tell("threads_after", after.threads)
        require(
            after.descriptors <= before.descriptors,
            "expected at most \(before.descriptors) open descriptors afterwards, got \(after.descriptors)")
        require(
            after.threads <= before.threads + 2,
            "expected at most \(before.threads + 2) threads afterwards, got \(after.threads)")
    }

    func json(_ scenario: Scenario, seed: UInt64) -> String {
        var object: [String: Any] = [
            "scenario": scenario.rawValue, "row": scenario.row, "seed": seed, "broken": broken,
        ]
        for (name, value) in numbers { object[name] = value }
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    func text(_ scenario: Scenario, seed: UInt64) -> String {
        var table = TextTable([scenario.rawValue, "seed \(seed)"])
        for (name, value) in numbers {
            table.add([name, value == value.rounded() ? String(Int(value)) : String(format: "%.3f", value)])
        }
        let verdict = broken.isEmpty ? ["all invariants held"] : broken.map { "VIOLATED: \($0)" }
        return table.render() + verdict.joined(separator: "\n") + "\n"
    }
}
