import AnimoCLI
import AnimoWire
import ArgumentParser

struct Reenact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Render a head driven by another head, a pose or a motion.",
        usage: """
            animoctl reenact --source <file> --output <file> (--driving <file> | \\
                --pose <file> | --motion <file>) [<options>]
            """,
        discussion: """
            Examples:
              animoctl reenact --source face.png --source-domain anime \\
                --driving actor.jpg --driving-domain vox --output face-acts.png
              animoctl reenact --source photo.jpg --source-domain vox \\
                --crop box=120,40,360,360 --paste-back --pose smile.json \\
                --output photo-smiles.jpg
              animoctl reenact --source photo.jpg --driving actor.jpg \\
                --driving-landmarks actor-points.txt --output acts.png
              animoctl reenact --source photo.jpg --driving actor-smiles.jpg \\
                --neutral actor-rests.jpg --adapt-scale --output relative.png

            --neutral selects relative motion: the driver's difference from a neutral
            picture of it, where the model supports that (FOMM, PIRenderer).
            """)

    @OptionGroup(title: "Source") var source: SourceOptions
    @OptionGroup(title: "Driver") var driving: DrivingOptions

    @Option(
        help: ArgumentHelp(
            "A neutral picture of the driving head, the reference of relative motion.", valueName: "file"))
    var neutral: String?

    @Flag(help: "With --neutral: scale movements by the sizes of both heads.")
    var adaptScale = false

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        try source.pasting.validate(over: output.ground)
        if source.source == "-", [driving.driving, driving.pose, driving.motion].contains("-") {
            throw ValidationError("--source - and a driver of -: only one file can come from standard input")
        }
        if neutral != nil, driving.driving == nil { throw ValidationError("--neutral requires --driving") }
        if adaptScale, neutral == nil { throw ValidationError("--adapt-scale requires --neutral") }
        try output.validate(printing)
    }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let input = try driving.read()
        let rest = try neutral.map { DrivingInput.picture(try InputFile.read($0, as: "--neutral"), nil) }
        let (reply, model) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let wire = try source.wire(picture, for: model, pasted: source.pasting.isAsked(for: output.ground))
            let driver = try input.wire(driving, for: model)
            let held = try await daemon.put(wire, model: model)
            var options = try output.rendering(source.pasting)
            options.mapping = driving.mapping.wire
            let relative = try rest.map {
                Wire.Relative(neutral: try $0.wire(driving, for: model), adaptScale: adaptScale)
            }
            let reply = try await daemon.client.reenact(
                held, driver, options: options, relative: relative, timeout: daemon.timeout)
            return (reply, model)
        }
        try output.deliver(
            RenderReport(reply: reply, pose: nil, model: model, output: output.output), to: file, printing)
    }
}
