import AnimoCLI
import AnimoLoad
import ArgumentParser
import Foundation

struct ReliabilityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reliability", abstract: "Abuses a server and tells what its good clients noticed.",
        usage: "animobench reliability --row <n> [--quick|--release] [<options>]",
        discussion: """
            Examples:
              animobench reliability --row 5
              animobench reliability --row 9 --release --seconds 60 --json
              animobench reliability --row 6 --real --quick
              animobench reliability --row 15 --quick

            Rows: 5 malformed frames, 6 a crowd that takes up room, 7 both sides writing,
            8 one result per frame, 9 overload, 15 soak.

            Rows 5 to 9 abuse the real server around an engine that sleeps: the program
            animostandin, which swift build puts beside this one. With --real, and
            always in row 15, it is the animod beside this program, on the built-in
            model unless --model names a file; row 7 then has smallest buffers on the
            client's side alone. Times stand beside those of a quiet run and are never
            judged; a count that is not as promised ends it with 1.
            """)

    @Option(help: ArgumentHelp("Which row.", valueName: "n"))
    var row: Int
    @Flag(help: "A hundredth of the size that the tests have.")
    var quick = false
    @Flag(help: "The size before a release.")
    var release = false
    @Flag(help: "The real daemon in rows 5 to 9.")
    var real = false
    @Option(help: ArgumentHelp("Of each overload of row 9, and of the soak. (default: the size's)", valueName: "n"))
    var seconds: Double?
    @Option(help: ArgumentHelp("What a drawing of the sleeping engine takes. (default: the row's)", valueName: "ms"))
    var cost: Double?
    @Option(help: "Of all that is random.")
    var seed: UInt64 = 1
    @Option(help: ArgumentHelp("A model file for the daemon. (default: the built-in model)", valueName: "file"))
    var model: String?
    @Flag(help: "Print JSON.")
    var json = false

    private var isReal: Bool { real || row == 15 }

    func validate() throws {
        guard Trials.rows.contains(row) else {
            let rows = Trials.rows.map(String.init).joined(separator: ", ")
            throw ValidationError("--row: expected one of \(rows), got \(row)")
        }
        guard !(quick && release) else { throw ValidationError("expected --quick or --release, got both") }
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds: expected more than 0, got \(seconds)") }
        if let cost, !(cost >= 0) { throw ValidationError("--cost: expected 0 or more, got \(cost)") }
        if cost != nil, isReal { throw ValidationError("--cost: the real daemon's engine does not sleep") }
        if model != nil, !isReal { throw ValidationError("--model: expected --real with it") }
    }

    func run() async throws {
        let name = isReal ? "animod" : "animostandin"
        guard let executable = DaemonExecutable.find(name) else {
            throw ValidationError("\(name) is neither beside animobench nor in PATH; build it first")
        }
        let arguments = isReal ? model.map { ["--model", $0] } ?? [] : StandIn.arguments(row: row, cost: cost)
        let daemon = try PrivateDaemon(executable: executable, arguments: arguments)
        defer { daemon.stop() }
        try await daemon.connection().close()
        var report = try await Trials(
            daemon: daemon, size: quick ? .quick : release ? .release : .suite, seed: seed, seconds: seconds
        ).run(row)
        report.require(!daemon.hasEnded, "the daemon ended")
        print(
            json ? report.json(row: row, seed: seed) : report.text(row: row, seed: seed), terminator: json ? "\n" : "")
        if !report.broken.isEmpty { throw ExitCode.failure }
    }
}

/// The sleeping engine of each row.
private enum StandIn {
    static func arguments(row: Int, cost: Double?) -> [String] {
        let own: (cost: Double, rest: [String]) =
            switch row {
            case 7: (0, ["--buffers", "1"])
            case 8: (0.2, [])
            // Its capacity is known beforehand: 1000 ms over the cost.
            case 9: (10, ["--batch", "1"])
            default: (10, [])
            }
        return ["--cost", "\(cost ?? own.cost)"] + own.rest
    }
}
