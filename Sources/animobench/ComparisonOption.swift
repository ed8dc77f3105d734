import AnimoCLI
import AnimoLoad
import ArgumentParser
import Foundation

/// `--compare`, which every subcommand has.
struct ComparisonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Print old, new and new/old against an earlier run's JSON.", valueName: "old.json"))
    var compare: String?

    /// Before anything is measured.
    func validate() throws {
        _ = try compare.map { try Comparison(against: $0, measures: []) }
    }

    /// Prints the comparison where one was asked for.
    ///
    /// - Parameter measures: the numbers of a row that are worth comparing.
    /// - Returns: whether it did.
    func print(_ json: String, measures: [String]) throws -> Bool {
        guard let compare else { return false }
        Swift.print(try Comparison(against: compare, measures: measures).text(json), terminator: "")
        return true
    }
}
