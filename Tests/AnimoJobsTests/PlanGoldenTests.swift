import AnimoJSON
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

/// `../shared/fixtures/jobs/plan.json`, exactly.
@Suite struct PlanGoldenTests {
    private func cases(_ name: String) throws -> [JSONObject] {
        let file = try #require(Fixtures.url("jobs/plan.json"))
        let golden = try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
        let cases = (golden.objectValue?[name]?.arrayValue ?? []).compactMap(\.objectValue)
        try #require(!cases.isEmpty)
        return cases
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func ratesAreThoseOfTheReference() throws {
        for item in try cases("rates") {
            let found = FrameRate.choose(
                real: try #require(item["r"]?.stringValue), average: try #require(item["avg"]?.stringValue))
            #expect(found?.rate.description == item["rate"]?.stringValue, "\(item)")
            #expect((found?.isVariable ?? false) == item["variable"]?.boolValue, "\(item)")
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func namesAreThoseOfTheReference() throws {
        for item in try cases("names") {
            let texts = { (name: String) in (item[name]?.arrayValue ?? []).compactMap(\.stringValue) }
            let pairs: [ItemNames.Pair]
            if let given = item["csv"]?.arrayValue {
                pairs = zip(zip(texts("sources"), texts("drivings")), given).map { pair, given in
                    .init(source: pair.0, driving: pair.1, given: given.stringValue)
                }
            } else {
                pairs = texts("sources").flatMap { source in
                    texts("drivings").map { .init(source: source, driving: $0) }
                }
            }
            let names = ItemNames.names(of: pairs, ending: try #require(item["extension"]?.stringValue))
            #expect(names == texts("names"), "\(item)")
        }
    }
}
