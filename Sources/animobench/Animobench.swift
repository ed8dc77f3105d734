import AnimoCLI
import AnimoLoad
import ArgumentParser

@main
struct Animobench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures speed and reliability on this machine.",
        discussion: "Example: animobench frame --threads 2 --size 256 --json",
        version: programVersion,
        subcommands: [
            TrackCommand.self, DetailCommand.self, FrameCommand.self, LayersCommand.self, ControlCommand.self,
            ServeCommand.self,
            ReliabilityCommand.self,
        ])
}
