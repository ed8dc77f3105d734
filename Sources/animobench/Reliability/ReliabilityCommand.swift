import AnimoLoad
import ArgumentParser
import Foundation

struct ReliabilityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reliability", abstract: "Abuses a daemon and tells what its good clients noticed.",
        discussion: """
            Examples:
              animobench reliability --row 5
              animobench reliability --row 9 --release --json
              animobench reliability --row 15 --quick

            Rows: 5 malformed frames, 6 a crowd that takes up room, 7 both sides writing,
            8 one result per frame, 9 overload, 15 soak.

            Starts the animod that lies beside this program, on the built-in model unless
            --model names a file. Times stand beside those of a quiet run and are never
            judged; a count that is not as promised ends it with 1.
            """)

    @Option(help: ArgumentHelp("Which row.", valueName: "n"))
    var row: Int
    @Flag(help: "A hundredth of the size that the tests have.")
    var quick = false
    @Flag(help: "The size before a release.")
    var release = false
    @Option(help: "Of all that is random.")
    var seed: UInt64 = 1
    @Option(help: ArgumentHelp("A model file for the daemon. (default: the built-in model)", valueName: "file"))
    var model: String?
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard Trials.rows.contains(row) else {
            let rows = Trials.rows.map(String.init).joined(separator: ", ")
            throw ValidationError("--row: expected one of \(rows), got \(row)")
        }
        guard !(quick && release) else { throw ValidationError("expected --quick or --release, got both") }
    }

    func run() async throws {
        guard let executable = DaemonExecutable.find() else {
            throw ValidationError("animod is neither beside animobench nor in PATH; build it first")
        }
        let daemon = try PrivateDaemon(executable: executable, arguments: model.map { ["--model", $0] } ?? [])
        defer { daemon.stop() }
        try await daemon.connection().close()
        var report = try await Trials(
            daemon: daemon, size: quick ? .quick : release ? .release : .suite, seed: seed
        ).run(row)
        report.require(!daemon.hasEnded, "the daemon ended")
        print(
            json ? report.json(row: row, seed: seed) : report.text(row: row, seed: seed), terminator: json ? "\n" : "")
        if !report.broken.isEmpty { throw ExitCode.failure }
    }
}
