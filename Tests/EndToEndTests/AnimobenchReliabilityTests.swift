import AnimoTestSupport
import Foundation
import Testing

extension UnderLoad {
    /// Rows 5 to 9 and 15 of `reliability.md` at a hundredth of their size, through the real daemon on the built-in model
    /// and through the stand-in. Counts are judged; times are told whole and not judged.
    struct AnimobenchReliabilityTests {
        @Test(arguments: [
            (5, ["--real"]), (5, []), (6, ["--real"]), (6, []), (7, ["--real"]), (7, []), (8, ["--real"]), (8, []),
            (9, ["--real"]), (9, []), (15, []),
        ])
        func aServerKeepsItsPromisesAtAHundredth(row: Int, options: [String]) async throws {
            let result = try await Command.run(
                Binaries.animobench, ["reliability", "--row", "\(row)", "--quick", "--json"] + options)
            #expect(result.status == 0, "\(result.errors)\(result.text)")
            let report = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
            #expect(report["row"] as? Int == row)
            #expect(report["seed"] != nil)
            #expect((report["broken"] as? [String]) == [])
            let before = try #require(report["descriptors_before"] as? Double)
            #expect((report["descriptors_after"] as? Double ?? .infinity) <= before)
            if row == 7 || row == 8 { #expect(report["results"] as? Int == 640) }
        }

        @Test func aRowThatIsNotShownOnADaemonIsRefusedInWords() async throws {
            let result = try await Command.run(Binaries.animobench, ["reliability", "--row", "3"])
            #expect(result.status == 64)
            #expect(result.errors.contains("expected one of 5, 6, 7, 8, 9, 15"))
        }
    }
}
