import AnimoCLI
import AnimoWire
import ArgumentParser

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch the daemon's state and rates.",
        usage: "animoctl top [--interval SECONDS] [<options>]",
        discussion: """
            Examples:
              animoctl top
              animoctl top | head -3

            Refreshes every two seconds until q or Ctrl-C; prints once where the output is
            no terminal, or a dumb one. Rates are since the last refresh, times over the
            last minute or two. For the daemon's owner, root and the admin list.
            """)

    @Option(help: ArgumentHelp("Time between two refreshes. (default: 2)", valueName: "seconds"))
    var interval = 2.0

    @OptionGroup(title: "Daemon") var connection: ConnectionOptions

    func validate() throws {
        guard interval.isFinite, (0.1...3600).contains(interval) else {
            throw ValidationError("--interval: expected 0.1 to 3600 seconds, got \(Quantity.plain(interval))")
        }
    }

    func run() async throws {
        try await Daemon.with(connection) { daemon in
            var before: TopTable?
            guard Terminal.standardOutputIsTerminal, Terminal.movesCursor else {
                let table = TopTable(try await daemon.client.status(timeout: daemon.timeout), before: nil)
                return try Terminal.print(table.text())
            }
            let screen = try LiveScreen()
            defer { screen.leave() }
            while !screen.isOver {
                let table = TopTable(try await daemon.client.status(timeout: daemon.timeout), before: before)
                try screen.show(table.text())
                before = table
                await screen.wait(atMost: .seconds(interval))
            }
        }
    }
}
