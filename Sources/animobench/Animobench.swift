import AnimoCLI
import AnimoLoad
import ArgumentParser

@main
struct Animobench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how fast this machine draws.",
        discussion: "Example: animobench frame --threads 2 --size 256 --json",
        version: programVersion,
        subcommands: [FrameCommand.self, LayersCommand.self, ServeCommand.self, ReliabilityCommand.self])
}
