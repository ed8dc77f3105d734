import AnimoMotion
import ArgumentParser
import Foundation

struct PoseMappingTable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapping",
        abstract: "Print a built-in mapping table, to start one of your own from.",
        discussion: """
            Example:
              animoctl pose mapping arkit >mine.json
              animoctl pose listen --input ifacialmocap --mapping mine.json

            A table makes the numbers of a pose out of those that a tracker sends. "from"
            names the tracker's numbers, "in" the range that is read of them, "out" what
            becomes of it; "times" are factors, "limits" keep sums down.
            """)

    @Argument(help: ArgumentHelp("arkit, vrm, openseeface or mmd.", valueName: "name"))
    var name: MappingTable.BuiltIn

    func run() throws { try Terminal.write(name.text, to: STDOUT_FILENO) }
}

extension MappingTable.BuiltIn: ExpressibleByArgument {}
