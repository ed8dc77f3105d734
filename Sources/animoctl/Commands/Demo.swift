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
            looked for beside animoctl, then in PATH. Weights that
            'animoctl models get tha3 face' has fetched add sheets of their own.
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
        let daemon = try PrivateDaemon(executable: executable, arguments: ["--models", "none"])
        Interruption.beforeExit { daemon.stop() }
        defer { daemon.stop() }
        let connection = Daemon(client: try await daemon.connection(), timeout: .seconds(60))
        var files = try await connection.closing {
            try await Demonstration(daemon: connection, folder: output).run()
        }
        files += try await characters(executable)
        ProgressLine.shared.clear()
        try Terminal.print(Self.closing(files, seconds: (ContinuousClock.now - started).seconds))
    }

    /// Sheets of fetched weights; none where they are not at hand, which is said in a line.
    private func characters(_ executable: String) async throws -> [Demonstration.File] {
        func path(_ name: String) -> String? {
            let path = "\(WeightsFolder.standard)/\(name).safetensors"
            return FileManager.default.isReadableFile(atPath: path) ? path : nil
        }
        guard let figures = path(CharacterDemonstration.figures) else {
            Terminal.note(
                "animoctl: no published weights are at hand (animoctl models get tha3 face); the built-in model alone")
            return []
        }
        let faces = path(CharacterDemonstration.faces)
        var arguments = ["--model", "\(CharacterDemonstration.figures)=\(figures)"]
        if let faces { arguments += ["--model", "\(CharacterDemonstration.faces)=\(faces)"] }
        let daemon = try PrivateDaemon(executable: executable, arguments: arguments)
        Interruption.beforeExit { daemon.stop() }
        defer { daemon.stop() }
        let connection = Daemon(client: try await daemon.connection(), timeout: .seconds(60))
        return try await connection.closing {
            try await CharacterDemonstration(daemon: connection, folder: output, hasTracker: faces != nil).run()
        }
    }

    private static func closing(_ files: [Demonstration.File], seconds: Double) -> String {
        var table = Table(.left("picture"), .left("what it shows"))
        for file in files { table.add(file.path, file.title) }
        let notes = files.compactMap(\.note).map { "  " + $0 + "\n" }.joined()
        return table.render() + "\nmeasured\n" + notes + """

            The built-in model is small and learned from drawn heads alone: heads turn, nod
            and tilt, brows move, mouths open, eyes close; a human mouth's inside is a blur.
            Done in \(Quantity.seconds(seconds)).

            """
    }
}
