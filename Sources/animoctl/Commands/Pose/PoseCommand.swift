import AnimoCLI
import AnimoJSON
import AnimoMotion
import ArgumentParser

struct PoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pose",
        abstract: "Work with poses, without a daemon.",
        discussion: """
            Example:
              animoctl pose sample --seed 7 >random.json
            """,
        subcommands: [Sample.self, PoseListen.self, PoseMappingTable.self, PoseImport.self])

    struct Sample: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sample random poses by Algorithm 1 of the AniMo paper.",
            discussion: """
                Examples:
                  animoctl pose sample --seed 7 >random.json
                  animoctl pose sample --count 60 | animoctl stream --input poses ...

                One JSON object a line, of the numbers that are not 0; with --json an array of
                them, which is a sequence file. The same seed gives the same poses everywhere.
                """)

        @Option(help: "Seed of the random numbers. (default: a new one each time)")
        var seed: UInt64?

        @Option(help: "Number of poses.")
        var count = 1

        @OptionGroup var printing: JSONOptions

        func validate() throws {
            guard (1...1_000_000).contains(count) else {
                throw ValidationError("--count: expected 1 to 1000000, got \(count)")
            }
        }

        func run() throws {
            var sampler = PoseSampler(seed: seed ?? UInt64.random(in: 0...UInt64.max))
            if printing.json {
                try Terminal.print(JSONValue.array((0..<count).map { _ in Self.json(sampler.next()) }).pretty)
                return
            }
            for _ in 0..<count { try Terminal.print(Self.json(sampler.next()).text + "\n") }
        }

        private static func json(_ pose: AnimoMotion.Pose) -> JSONValue {
            var object = JSONObject()
            for (name, value) in zip(PoseMapping.standardChannels, pose.values) where value != 0 {
                object[name] = .float(value)
            }
            return .object(object)
        }
    }
}
