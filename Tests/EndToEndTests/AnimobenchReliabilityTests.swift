import AnimoTestSupport
import Foundation
import Testing

extension UnderLoad {
    /// Every scenario at a hundredth of its size, through the real daemon on the built-in model and through an engine
    /// of known cost. Counts are judged; times are reported and not judged.
    struct AnimobenchReliabilityTests {
        @Test(arguments: [
            ("malformed", ["--real"]), ("malformed", []), ("idle-connections", ["--real"]), ("idle-connections", []),
            ("both-ways", ["--real"]), ("both-ways", []), ("sessions", ["--real"]), ("sessions", []),
            ("overload", ["--real"]), ("overload", []), ("soak", []), ("watchers", ["--real"]), ("watchers", []),
            ("decode-flood", ["--real"]), ("decode-flood", []), ("half-frames", ["--real"]), ("half-frames", []),
            ("hogs", ["--real"]), ("hogs", []), ("siege", ["--real"]), ("siege", []),
        ])
        func aServerKeepsItsPromisesAtAHundredth(scenario: String, options: [String]) async throws {
            let result = try await Command.run(
                Binaries.animobench, ["reliability", "--scenario", scenario, "--quick", "--json"] + options)
            #expect(result.status == 0, "\(result.errors)\(result.text)")
            let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
            #expect(report["scenario"] as? String == scenario)
            #expect(report["row"] is Int)
            #expect(report["seed"] != nil)
            #expect((report["broken"] as? [String]) == [])
            let before = try #require(report["descriptors_before"] as? Double)
            #expect((report["descriptors_after"] as? Double ?? .infinity) <= before)
            if ["decode-flood", "half-frames", "hogs", "siege"].contains(scenario) {
                #expect(report["good_failures"] as? Int == 0)
                #expect((report["good_calls"] as? Int ?? 0) >= 20)
                #expect(report["p99_ratio"] is Double)
            }
            if scenario == "watchers" { #expect(report["change_p99_ratio"] is Double) }
            if ["both-ways", "sessions"].contains(scenario) { #expect(report["results"] as? Int == 640) }
        }

        /// `--row` names a scenario by its number, for scripts of old.
        @Test func aNumberStandsForItsScenario() async throws {
            let result = try await Command.run(
                Binaries.animobench, ["reliability", "--row", "5", "--quick", "--json"])
            #expect(result.status == 0, "\(result.errors)\(result.text)")
            let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
            #expect(report["scenario"] as? String == "malformed")
            #expect(report["row"] as? Int == 5)
        }

        @Test(arguments: [
            (["--row", "3"], "expected one of 5, 6, 7, 8, 9, 15, 21, 22, 23, 24, 25"),
            (["--scenario", "storm"], "idle-connections"),
            ([], "--scenario: expected one of malformed, idle-connections"),
            (["--row", "5", "--scenario", "soak"], "expected --scenario or --row, got both"),
        ])
        func aScenarioThatIsNoneIsRefusedInWords(options: [String], words: String) async throws {
            let result = try await Command.run(Binaries.animobench, ["reliability"] + options)
            #expect(result.status == 64)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
    }
}
