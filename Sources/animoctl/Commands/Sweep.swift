import AnimoCLI
import AnimoPictures
import AnimoReports
import AnimoWire
import ArgumentParser

struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Render a grid of poses on one sheet.",
        usage: """
            animoctl sweep --source <file> --vary <name=from:to:steps> ...
            animoctl sweep --source <file> --base <file> --to <file> ...
            """,
        discussion: """
            Examples:
              animoctl sweep --source face.png --source-domain anime \\
                --vary yaw=-20:20:5 --output turn.png
              animoctl sweep --source face.png --source-domain anime \\
                --vary pitch=-15:15:3 --vary yaw=-20:20:5 --output grid.png
              animoctl sweep --source face.png --source-domain anime \\
                --base calm.json --to smile.json --steps 7 --output blend.png

            One --vary makes a row; with two, the first goes down and the second across.
            --to blends from the base pose to another one, across.
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(
        help: ArgumentHelp("The channel that varies, given once or twice.", valueName: "name=from:to:steps"),
        transform: Variation.init(parsing:))
    var vary: [Variation] = []

    @Option(
        help: ArgumentHelp(
            "The pose that the other channels are taken from, JSON. (default: neutral)", valueName: "file"))
    var base: String?

    @Option(help: ArgumentHelp("Blend from the base pose to this one, JSON.", valueName: "file"))
    var to: String?

    @Option(help: ArgumentHelp("Pictures of the blend, including both ends. (default: 5)", valueName: "n"))
    var steps: Int?

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions

    func validate() throws {
        try source.pasting.validate(over: output.ground)
        let most = to == nil ? 2 : 1
        guard vary.count <= most, to != nil || !vary.isEmpty else {
            throw ValidationError(
                to == nil
                    ? "--vary: expected NAME=FROM:TO:STEPS once or twice, got it \(vary.count) times"
                    : "--vary: expected at most once beside --to, got it \(vary.count) times")
        }
        if vary.count == 2, vary[0].name == vary[1].name {
            throw ValidationError("--vary: expected two different channels, got '\(vary[0].name)' twice")
        }
        if let steps {
            guard to != nil else { throw ValidationError("--steps requires --to; --vary has steps of its own") }
            guard (2...Variation.maximumSteps).contains(steps) else {
                throw ValidationError("--steps: expected 2 to \(Variation.maximumSteps), got \(steps)")
            }
        }
        guard [source.source, base, to].filter({ $0 == "-" }).count <= 1 else {
            throw ValidationError("--source, --base and --to: only one file can come from standard input")
        }
    }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let start = try base.map { try PoseFile.pose(try InputFile.read($0, as: "--base"), named: "--base") }
        let end = try to.map { try PoseFile.pose(try InputFile.read($0, as: "--to"), named: "--to") }
        let (grid, replies) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let grid =
                try end.map {
                    try PoseGrid(from: start, to: $0, steps: steps ?? 5, rows: vary.first, channels: model.channelNames)
                } ?? PoseGrid(vary, base: start)
            let held = try await daemon.put(
                try source.wire(picture, for: model, pasted: source.pasting.isAsked(for: output.ground)), model: model)
            var options = try output.rendering(source.pasting)
            options.format = .rgb8
            let requests = grid.poses.map { [options] pose in
                Wire.EditPoseRequest(model: models.model, basePose: pose.base, set: pose.set, options: options)
            }
            let replies = try await daemon.inOrder(requests, label: "rendering") {
                try await daemon.edit(
                    held, $0, options: ["set": "--vary", "set and add": "--vary", "base_pose": "--base"])
            }
            return (grid, replies)
        }
        ProgressLine.shared.clear()
        try file.write(try sheet(grid, replies.map { try Picture(rendered: $0) }))
        warn(replies)
        if Terminal.standardErrorIsTerminal {
            Terminal.note("\(output.output): \(Quantity.count(replies.count, "picture"))")
        }
    }

    /// The grid with its labels, encoded.
    private func sheet(_ grid: PoseGrid, _ pictures: [Picture]) throws -> [UInt8] {
        let across = grid.columnLabels.count
        let sheet = ContactSheet(
            title: grid.title, columns: grid.columnLabels,
            rows: grid.rowLabels.enumerated().map { row, label in
                ContactSheet.Row(
                    label: label,
                    cells: pictures[(row * across)..<((row + 1) * across)].map { ContactSheet.Cell(picture: $0) })
            },
            cellSide: cellSide(pictures))
        let format: PictureFormat = try OutputFormat(path: output.output) == .jpeg ? .jpeg : .png
        return try PictureEncoder.encode(sheet.render(), as: format, quality: 92)
    }

    /// As large as the pictures, but 128 to 512 pixels.
    private func cellSide(_ pictures: [Picture]) -> Int {
        let side = pictures.map { max($0.width, $0.height) }.max() ?? 128
        return max(128, min(side, 512))
    }

    private func warn(_ replies: [Wire.EditPoseReply]) {
        var channels: [String] = []
        for clamped in replies.flatMap({ $0.drawn?.clamped ?? [] }) where !channels.contains(clamped.channel) {
            channels.append(clamped.channel)
        }
        guard !channels.isEmpty else { return }
        Terminal.note("animoctl: some values of \(channels.joined(separator: ", ")) are out of range and were clamped")
    }
}
