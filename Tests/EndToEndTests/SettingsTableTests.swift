import AnimoTestSupport
import Foundation
import Testing

@testable import animod

/// The table of settings is the parser, the hint, `--help` and the documentation: none may say what another does not.
@Suite struct SettingsTableTests {
    @Test func theDocumentationHasTheTable() throws {
        let readme = try String(
            contentsOf: Fixtures.package.appendingPathComponent("systemd/README.md"), encoding: .utf8)
        let section = readme.components(separatedBy: "\n## Settings\n").dropFirst().first ?? ""
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.map(String.init) == Setting.all.map { "| `\($0.key)` | \($0.summary) | \($0.defaultAndRange) |" })
    }

    @Test func helpNamesEveryKeyWithItsDefault() async throws {
        let help = try await Command.run(Binaries.animod, ["--help"]).text
        let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for setting in Setting.all { #expect(words.contains("\(setting.key): \(setting.standard ?? "none")")) }
    }

    @Test func keysAreNamedOnce() {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Setting.all.allSatisfy { !$0.summary.hasSuffix(".") })
    }

    @Test func defaultsAreInRange() throws {
        for setting in Setting.all {
            guard let standard = setting.standard, let value = Double(standard) else { continue }
            switch setting.kind {
            case .integer(let range, _): #expect(range.contains(Int(value)), "\(setting.key)")
            case .number(let range, _): #expect(range.contains(value), "\(setting.key)")
            case .text, .texts, .flag: Issue.record("\(setting.key): a number where none is meant")
            }
        }
    }
}
