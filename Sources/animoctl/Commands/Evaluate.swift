import AnimoCLI
import AnimoJobs
import AnimoMotion
import AnimoPictures
import AnimoWire
import ArgumentParser
import Foundation

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a model on heads of your own, as the papers do.",
        usage: "animoctl evaluate <folder> --domain <domain> [<options>]",
        discussion: """
            Examples:
              animoctl evaluate heads --domain vox --output evaluation
              animoctl evaluate anime-heads --domain anime --across filmed \\
                --across-domain vox --json

            The folder has one folder of frames (PNG, JPEG) or one video (read by ffmpeg)
            for each identity. Each head's first frame is the source. It is driven by its
            own other frames, which are the ground truth (self identity: PSNR, SSIM, L1),
            by the next head's (cross identity), and by those of --across (cross domain).
            The angle error is between the driver's head and the rendered one, as the
            model's own estimator reads them. Files that cannot be read are reported and
            skipped. --output gets sheets of pictures side by side, a plot
            of the angles, evaluation.json, and with --videos a video of each comparison.
            Videos are read at four frames a second; they need ffmpeg and ffprobe 4.4 or
            newer.
            """)

    @Argument(help: ArgumentHelp("The heads: a folder of folders or videos.", valueName: "folder"))
    var folder: String

    @Option(help: ArgumentHelp("Kind of the heads: anime or vox. Optional if the model has one.", valueName: "domain"))
    var domain: Domain?

    @Option(help: ArgumentHelp("Heads of another domain, to drive these.", valueName: "folder"))
    var across: String?

    @Option(help: ArgumentHelp("Kind of those heads: anime or vox.", valueName: "domain"))
    var acrossDomain: Domain?

    @Option(help: ArgumentHelp("Frames of each identity, evenly spaced.", valueName: "n"))
    var frames = 5

    @Option(help: ArgumentHelp("A folder for the sheets, the plot and the numbers.", valueName: "folder"))
    var output: String?

    @Option(help: ArgumentHelp("What the sheets and the plot are written as.", valueName: "png|jpeg"))
    var sheets: OutputFormat = .png

    @Option(
        help: ArgumentHelp(
            "With --output: each comparison as a video too, source, driver and rendered side by side.",
            valueName: "mp4|mov|mkv|webm|gif"))
    var videos: OutputKind?

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        guard (2...1000).contains(frames) else { throw ValidationError("--frames: expected 2 to 1000, got \(frames)") }
        if let videos {
            guard !videos.isPictures else {
                throw ValidationError("--videos: expected mp4, mov, mkv, webm or gif, got \(videos.rawValue)")
            }
            guard output != nil else { throw ValidationError("--videos requires --output") }
        }
        guard (across == nil) == (acrossDomain == nil) else {
            throw ValidationError("--across and --across-domain: expected both or neither")
        }
    }

    func run() async throws {
        Interruption.beforeExit { ToolProcess.endAll() }
        // Looked for before the work.
        let tools = videos == nil ? nil : try await FFmpegTools.find()
        let heads = try await EvaluationFrames(in: folder, most: frames, option: "the folder")
        var others: EvaluationFrames?
        if let across { others = try await EvaluationFrames(in: across, most: frames, option: "--across") }
        let driving = others?.identities ?? []
        let samples = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let domain = try model.domain(domain, option: "--domain")
            guard model.description.needsSource else {
                throw Failure(
                    .usage,
                    "cannot evaluate this model: expected one that takes a source, got one with an identity of its own")
            }
            let evaluator = Evaluator(daemon: daemon, model: model, timeout: connection.timeoutDuration)
            return try await evaluator.run(
                heads.identities, domain, across: driving, acrossDomain?.wire ?? .unspecified)
        }
        ProgressLine.shared.clear()
        let report = EvaluationReport(samples, unread: heads.unread + (others?.unread ?? []))
        if let output {
            try write(report, to: output)
            if let videos, let tools {
                let video = EvaluationVideo(kind: videos, tools: tools)
                for comparison in Comparison.allCases {
                    try await video.write(
                        samples.filter { $0.comparison == comparison },
                        to: "\(output)/\(comparison.fileName).\(videos.rawValue)")
                }
            }
        }
        try Terminal.print(printing.json ? report.json.pretty : report.table)
    }

    private func write(_ report: EvaluationReport, to folder: String) throws {
        try OutputFile.makeFolder(folder)
        func put(_ name: String, _ bytes: [UInt8]) throws {
            try OutputFile(checking: "\(folder)/\(name)").write(bytes)
        }
        func put(_ name: String, _ picture: Picture) throws {
            let format: PictureFormat = sheets == .png ? .png : .jpeg
            let suffix = sheets == .png ? "png" : "jpg"
            try put("\(name).\(suffix)", PictureEncoder.encode(picture, as: format, quality: 92))
        }
        for sheet in report.sheets { try put(sheet.name, sheet.picture) }
        if let plot = report.plot { try put("angles", plot) }
        try put("evaluation.json", Array(report.json.pretty.utf8))
    }
}
