import AnimoCLI
import AnimoWire
import ArgumentParser

struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Render a head in a pose given by names and numbers.",
        usage: """
            animoctl edit --source <file> --set <name=value> ... --output <file> \\
                [<options>]
            """,
        discussion: """
            Examples:
              animoctl edit --source face.png --source-domain anime \\
                --set yaw=15 eye_closed=1 --output wink.png
              animoctl edit --source face.png --source-domain anime \\
                --base smile.json --add pitch=-5 --output smile-up.png

            'animoctl describe' lists the names. A name without a side, as eye_closed, sets
            left and right together. --add is applied after --set.
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Set channels of the pose.", valueName: "name=value"),
        transform: Change.init(parsing:))
    var set: [Change] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Add to channels of the pose.", valueName: "name=value"),
        transform: Change.init(parsing:))
    var add: [Change] = []

    @Option(help: ArgumentHelp("The pose to start from, JSON. (default: neutral)", valueName: "file"))
    var base: String?

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        try source.pasting.validate(over: output.ground)
        if set.isEmpty, add.isEmpty, base == nil {
            throw ValidationError("nothing to change: expected --set NAME=VALUE, --add NAME=VALUE or --base FILE")
        }
        if source.source == "-", base == "-" {
            throw ValidationError("--source - and --base -: only one file can come from standard input")
        }
        try output.validate(printing)
    }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let start = try base.map { try PoseFile.pose(try InputFile.read($0, as: "--base"), named: "--base") }
        let (reply, model) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let held = try await daemon.put(
                try source.wire(picture, for: model, pasted: source.pasting.isAsked(for: output.ground)), model: model)
            let request = Wire.EditPoseRequest(
                model: models.model, basePose: start, set: set.map(\.wire), add: add.map(\.wire),
                options: try output.rendering(source.pasting))
            let options = [
                "set": "--set", "add": "--add", "set and add": "--set and --add", "base_pose": "--base",
            ]
            return (try await daemon.edit(held, request, options: options), model)
        }
        let report = RenderReport(
            reply: reply.drawn ?? Wire.ReenactReply(), pose: reply.pose, model: model, output: output.output)
        try output.deliver(report, to: file, printing)
    }
}
