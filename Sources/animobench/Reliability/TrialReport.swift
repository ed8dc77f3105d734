import AnimoChaos
import AnimoLoad
import Foundation

/// Results of a scenario: numbers in the order they were taken, and invariants that were violated.
///
/// Times are told and never judged: a machine that has other things to do is no broken promise.
struct TrialReport {
    private(set) var numbers: [(name: String, value: Double)] = []
    private(set) var broken: [String] = []

    mutating func tell(_ name: String, _ value: Double) { numbers.append((name, (value * 1000).rounded() / 1000)) }

    mutating func tell(_ name: String, _ value: Int) { tell(name, Double(value)) }

    mutating func require(_ isKept: Bool, _ promise: String) { if !isKept { broken.append(promise) } }

    /// Delays beside those of a quiet run.
    mutating func tell(_ loaded: GoodClients.Report, beside quiet: GoodClients.Report) {
        tell("good_calls", loaded.succeeded)
        tell("good_failures", loaded.failures.count + loaded.refused)
        for (name, report) in [("quiet", quiet), ("loaded", loaded)] {
            tell("\(name)_p50_ms", report.delay(share: 0.5) * 1000)
            tell("\(name)_p99_ms", report.delay(share: 0.99) * 1000)
        }
        let base = quiet.delay(share: 0.99)
        tell("p99_ratio", base == 0 ? 0 : loaded.delay(share: 0.99) / base)
        require(loaded.failures.isEmpty, "a good call failed: \(loaded.failures.first ?? "")")
        require(loaded.refused == 0, "\(loaded.refused) good calls were refused or too late")
    }

    mutating func tell(_ before: PrivateDaemon.Resources, _ after: PrivateDaemon.Resources) {
        tell("resident_mib_before", Double(before.residentBytes) / 1_048_576)
        tell("resident_mib_after", Double(after.residentBytes) / 1_048_576)
        tell("descriptors_before", before.descriptors)
        tell("descriptors_after", after.descriptors)
        tell("threads_before", before.threads)
        tell("threads_after", after.threads)
        require(after.descriptors <= before.descriptors, "descriptors stayed open")
        require(after.threads <= before.threads + 2, "threads stayed")
    }

    func json(row: Int, seed: UInt64) -> String {
        var object: [String: Any] = ["row": row, "seed": seed, "broken": broken]
        for (name, value) in numbers { object[name] = value }
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    func text(row: Int, seed: UInt64) -> String {
        var table = TextTable(["row \(row)", "seed \(seed)"])
        for (name, value) in numbers {
            table.add([name, value == value.rounded() ? String(Int(value)) : String(format: "%.3f", value)])
        }
        let verdict = broken.isEmpty ? ["every count as promised"] : broken.map { "BROKEN: \($0)" }
        return table.render() + verdict.joined(separator: "\n") + "\n"
    }
}
