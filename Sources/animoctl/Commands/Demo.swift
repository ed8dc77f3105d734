import AnimoCLI
import AnimoLoad
import ArgumentParser
import Foundation

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every kind of request as pictures, with a daemon of its own.",
        discussion: """
            Examples:
              animoctl demo
              animoctl demo --output /tmp/heads

            Starts a private animod on the built-in model, renders, and stops it. animod is
            looked for beside animoctl, then in PATH.
            """)

    @Option(help: ArgumentHelp("The folder to write the pictures to.", valueName: "folder"))
    var output = "animo-demo"

    func run() async throws {
        try OutputFile.makeFolder(output)
        guard let executable = DaemonExecutable.find() else {
            throw Failure(
                .unavailable, "animod not found: expected it beside animoctl or in PATH",
                hint: "build it: swift build -c release --product animod")
        }
        let started = ContinuousClock.now
        let daemon = try PrivateDaemon(executable: executable)
        Interruption.beforeExit { daemon.stop() }
        defer { daemon.stop() }
        let connection = Daemon(client: try await daemon.connection(), timeout: .seconds(60))
        let files = try await connection.closing {
            try await Demonstration(daemon: connection, folder: output).run()
        }
        ProgressLine.shared.clear()
        try Terminal.print(Self.closing(files, seconds: (ContinuousClock.now - started).seconds))
    }

    private static func closing(_ files: [Demonstration.File], seconds: Double) -> String {
        var table = Table(.left("picture"), .left("what it shows"))
        for file in files { table.add(file.path, file.title) }
        let notes = files.compactMap(\.note).map { "  " + $0 + "\n" }.joined()
        return table.render() + "\nmeasured\n" + notes + """

            The built-in model is small and learned from drawn heads alone: heads turn, nod
            and tilt, brows move, mouths open, anime eyes close, human ones all but a slit.
            Done in \(Quantity.seconds(seconds)).

            """
    }
}
