import AnimoPictures
import AnimoWire
import ArgumentParser

struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a grid of poses to look at.",
        usage: """
            animoctl sweep --source <file> --vary <name=from:to:steps> --output \\
                <file> [<options>]
            """,
        discussion: """
            Examples:
              animoctl sweep --source face.png --source-domain anime \\
                --vary yaw=-20:20:5 --output turn.png
              animoctl sweep --source face.png --source-domain anime \\
                --vary pitch=-15:15:3 --vary yaw=-20:20:5 --output grid.png

            One --vary makes a row; of two, the first goes down and the second across.
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(
        help: ArgumentHelp("The channel that varies, given once or twice.", valueName: "name=from:to:steps"),
        transform: Variation.init(parsing:))
    var vary: [Variation] = []

    @Option(help: ArgumentHelp("The pose that the rest is taken from, JSON. (default: neutral)", valueName: "file"))
    var base: String?

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions

    func validate() throws {
        guard (1...2).contains(vary.count) else {
            throw ValidationError("give --vary NAME=FROM:TO:STEPS once or twice, got it \(vary.count) times")
        }
        if vary.count == 2, vary[0].name == vary[1].name {
            throw ValidationError("--vary: '\(vary[0].name)' is varied twice")
        }
        if source.source == "-", base == "-" { throw ValidationError("standard input can be one file only") }
    }

    private var rows: Variation? { vary.count == 2 ? vary[0] : nil }
    private var columns: Variation { vary[vary.count - 1] }

    func run() async throws {
        let file = try OutputFile(checking: output.output)
        let picture = try source.read()
        let start = try base.map { try PoseFile.pose(try InputFile.read($0, as: "--base"), named: "--base") }
        let poses = (rows?.values ?? [0]).map { row in
            columns.values.map { column in
                var set = [Wire.NamedValue(name: columns.name, value: column)]
                if let rows { set.append(Wire.NamedValue(name: rows.name, value: row)) }
                return set
            }
        }
        let replies = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let held = try await daemon.put(try source.wire(picture, for: model), model: model)
            var options = try output.drawing(pasteBack: source.pasteBack)
            options.format = .rgb8
            let requests = poses.flatMap { $0 }.map { set in
                Wire.EditPoseRequest(model: models.model, basePose: start, set: set, options: options)
            }
            return try await daemon.inOrder(requests, label: "drawing") { try await daemon.edit(held, $0) }
        }
        ProgressLine.shared.clear()
        try file.write(try sheet(replies.map { try Picture(drawn: $0) }))
        warn(replies)
        if Terminal.standardErrorIsTerminal {
            Terminal.note("\(output.output): \(Quantity.count(replies.count, "picture"))")
        }
    }

    /// The grid with its labels, encoded.
    private func sheet(_ pictures: [Picture]) throws -> [UInt8] {
        let across = columns.values.count
        let rowLabels = rows.map { rows in rows.values.map { "\(rows.name) \(Quantity.plain($0))" } } ?? [""]
        let sheet = ContactSheet(
            title: vary.map { "\($0.name) \(Quantity.plain($0.from)) … \(Quantity.plain($0.to))" }
                .joined(separator: " × "),
            columns: columns.values.map { "\(columns.name) \(Quantity.plain($0))" },
            rows: rowLabels.enumerated().map { row, label in
                ContactSheet.Row(
                    label: label,
                    cells: pictures[(row * across)..<((row + 1) * across)].map {
                        ContactSheet.Cell(picture: $0)
                    })
            },
            cellSide: cellSide(pictures))
        let format: PictureFormat = try OutputFormat(path: output.output) == .jpeg ? .jpeg : .png
        return try PictureEncoder.encode(sheet.render(), as: format, quality: 92)
    }

    /// As large as the pictures, within what a person can look at.
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
