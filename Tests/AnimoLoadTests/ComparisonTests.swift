import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoLoad

struct ComparisonTests {
    private func rows(_ old: String, _ new: String, _ measures: [String]) throws -> [Comparison.Row] {
        let folder = try TemporaryFolder()
        let path = folder.path("old.json")
        try Data(old.utf8).write(to: URL(fileURLWithPath: path))
        return try Comparison(against: path, measures: measures).rows(new)
    }

    @Test func runsAreMatchedByWhatNamesThem() throws {
        let found = try rows(
            #"{"runs": [{"sessions": 1, "delay": 10}, {"sessions": 4, "fps": 25, "delay": 40}], "fit": {"25": 2}}"#,
            #"{"runs": [{"sessions": 4, "fps": 25, "delay": 20}, {"sessions": 2, "delay": 1}], "fit": {"25": 3}}"#,
            ["delay", "fit"])
        #expect(
            found == [
                Comparison.Row(name: "fit 25", old: 2, new: 3),
                Comparison.Row(name: "4 sessions at 25 fps: delay", old: 40, new: 20),
            ])
        #expect(found.map(\.ratio) == [1.5, 0.5])
    }

    @Test func layersOfOneShapeAreMatchedInOrder() throws {
        let old = #"{"layers": [{"layer": "a", "ms": 1}, {"layer": "a", "ms": 2}], "ms": 9}"#
        let new = #"{"layers": [{"layer": "a", "ms": 3}, {"layer": "a", "ms": 4}, {"layer": "b", "ms": 5}], "ms": 8}"#
        let found = try rows(old, new, ["ms"])
        #expect(found.map(\.old) == [1, 2, 9] && found.map(\.new) == [3, 4, 8])
    }

    @Test func whatIsNoMeasurementIsRefused() {
        #expect(throws: Comparison.Problem.self) { try rows("[", "{}", ["ms"]) }
        #expect(throws: Comparison.Problem.self) { try rows(#"{"ms": 1}"#, #"{"s": 1}"#, ["ms"]) }
    }

    @Test func ratiosWithNothingAreSaidPlainly() {
        #expect(Comparison.Row(name: "", old: 0, new: 0).ratio == 1)
        #expect(Comparison.Row(name: "", old: 0, new: 2).ratio == .infinity)
    }
}
