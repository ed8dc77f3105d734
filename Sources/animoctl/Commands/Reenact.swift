import AnimoCLI
import AnimoWire
import ArgumentParser

struct Reenact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a head doing what another head, a pose or a motion does.",
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

            --neutral draws what the driver does beyond a picture of it at rest, where the
            model's family can (first order motion, PIRenderer).
            """)

    @OptionGroup(title: "Source") var source: SourceOptions
    @OptionGroup(title: "Driver") var driving: DrivingOptions

    @Option(
        help: ArgumentHelp("The driving head at rest: motion is told against it.", valueName: "file"))
    var neutral: String?

    @Flag(help: "With --neutral: scale movements by the sizes of both heads.")
    var adaptScale = false

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        if source.source == "-", [driving.driving, driving.pose, driving.motion].contains("-") {
            throw ValidationError("standard input can be one file only")
        }
        if neutral != nil, driving.driving == nil { throw ValidationError("--neutral belongs to --driving") }
        if adaptScale, neutral == nil { throw ValidationError("--adapt-scale belongs to --neutral") }
        try output.validate(printing)
    }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let input = try driving.read()
        let rest = try neutral.map { DrivingInput.picture(try InputFile.read($0, as: "--neutral"), nil) }
        let (reply, model) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let wire = try source.wire(picture, for: model)
            let driver = try input.wire(driving, for: model)
            let held = try await daemon.put(wire, model: model)
            var options = try output.drawing(pasteBack: source.pasteBack)
            options.mapping = driving.mapping.wire
            let relative = try rest.map {
                Wire.Relative(neutral: try $0.wire(driving, for: model), adaptScale: adaptScale)
            }
            let reply = try await daemon.client.reenact(
                held, driver, options: options, relative: relative, timeout: daemon.timeout)
            return (reply, model)
        }
        try output.deliver(
            DrawnReport(reply: reply, pose: nil, model: model, output: output.output), to: file, printing)
    }
}
