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
            """)

    @OptionGroup(title: "Source") var source: SourceOptions
    @OptionGroup(title: "Driver") var driving: DrivingOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        if source.source == "-", [driving.driving, driving.pose, driving.motion].contains("-") {
            throw ValidationError("standard input can be one file only")
        }
        try output.validate(printing)
    }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let input = try driving.read()
        let (reply, model) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let wire = try source.wire(picture, for: model)
            let driver = try input.wire(driving, for: model)
            let held = try await daemon.put(wire, model: model)
            let options = try output.drawing(pasteBack: source.pasteBack)
            return (try await daemon.client.reenact(held, driver, options: options, timeout: daemon.timeout), model)
        }
        try output.deliver(
            DrawnReport(reply: reply, pose: nil, model: model, output: output.output), to: file, printing)
    }
}
