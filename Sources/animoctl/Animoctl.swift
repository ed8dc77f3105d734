import AnimoCLI
import AnimoFiles
import AnimoLoad
import ArgumentParser
import Foundation

/// The client of animod: see `animoctl --help`.
struct Animoctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "animoctl",
        abstract: "Animate still heads with animod.",
        discussion: """
            Examples:
              animoctl demo
              animoctl models get tha3
              animoctl edit --source face.png --source-domain anime \\
                --set yaw=15 mouth_a=0.8 --output turned.png

            The daemon is found by --connect, else $ANIMO_CONNECT, else
            $XDG_RUNTIME_DIR/animod/animod.sock where the user's own daemon runs, else
            unix:/run/animod/animod.sock. Exit codes: 0 done, 64 wrong usage, 65 bad
            input, 66 not found, 69 no daemon, 70 internal error, 73 output not
            writable, 75 busy or late (try again), 77 not allowed, 78 configuration,
            130 interrupted.
            """,
        version: programVersion,
        groupedSubcommands: [
            CommandGroup(name: "Pictures:", subcommands: [Reenact.self, Edit.self, Sweep.self, Stream.self, Run.self]),
            CommandGroup(name: "Numbers:", subcommands: [Retarget.self, Track.self, PoseCommand.self]),
            CommandGroup(name: "Model files:", subcommands: [Models.self, Convert.self, Inspect.self, Evaluate.self]),
            CommandGroup(
                name: "The daemon:",
                subcommands: [
                    Describe.self, ShowStatus.self, Top.self, Health.self, Reload.self, Drain.self, Verify.self,
                    Bench.self,
                ]),
            CommandGroup(name: "Demonstration:", subcommands: [Demo.self, Studio.self]),
        ])
}

@main
enum Main {
    static func main() async {
        let free = FreeDescriptors.count(upTo: FreeDescriptors.start)
        guard free == FreeDescriptors.start else {
            exit(
                say(
                    Failure(
                        .software,
                        "expected \(FreeDescriptors.start) file descriptors to begin, got \(free): raise their limit "
                            + "(ulimit -n)")
                ).rawValue)
        }
        let status = await Interruption.watching {
            do {
                var command = try Animoctl.parseAsRoot(ProgramArguments.all)
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return .success
            } catch {
                return report(error)
            }
        }
        ProgressLine.shared.clear()
        exit(status.rawValue)
    }

    /// Prints an error, in one line and a hint, and returns the exit status.
    private static func report(_ error: any Error) -> ExitStatus {
        if let failure = Failure(any: error) { return say(failure) }
        // The parser's errors: help, and usage that it did not understand.
        switch Animoctl.exitCode(for: error) {
        case .success:
            try? Terminal.print(Animoctl.fullMessage(for: error) + "\n")
            return .success
        case .validationFailure:
            return say(
                Failure(.usage, Animoctl.message(for: error), hint: "try '\(helpCommand()) --help'"))
        default: return say(Failure(.software, "\(error)"))
        }
    }

    private static func say(_ failure: Failure) -> ExitStatus {
        guard failure.status != .success else { return .success }
        Terminal.note("animoctl: " + oneLine(failure.message))
        if let hint = failure.hint { Terminal.note("hint: " + hint) }
        return failure.status
    }

    private static func oneLine(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }
            .joined(separator: "; ")
    }

    /// The command that was meant, as far as it can be told.
    private static func helpCommand() -> String {
        var path = ["animoctl"]
        var commands = Animoctl.configuration.groupedSubcommands.flatMap(\.subcommands)
        for word in ProgramArguments.all {
            guard let command = commands.first(where: { $0._commandName == word }) else { break }
            path.append(word)
            commands = command.configuration.subcommands
        }
        return path.joined(separator: " ")
    }
}
