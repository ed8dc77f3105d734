import AnimoCLI
import AnimoJobs
import AnimoMotion
import AnimoPictures
import AnimoWire
import ArgumentParser

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Drive heads by videos, folders or recordings, as a job that can be resumed.",
        usage: """
            animoctl run --source <file|folder> --driving <file|folder> \\
                --output <file|folder> [<options>]
            animoctl run --pairs <file.csv> --output <folder> [<options>]
            animoctl run --resume <job folder>
            animoctl run --status <job folder>
            """,
        discussion: """
            Examples:
              animoctl run --source face.png --source-domain anime \\
                --driving talk.mp4 --driving-domain vox --output face.mp4
              animoctl run --source heads/ --driving takes/ --output out/ --jobs 2
              animoctl run --source face.png --driving motion.jsonl --output face.webm \\
                --alpha

            A driver is a video, a picture, a folder of pictures (a frame each), recorded
            motion (pose listen, stream --record, --motion-out), or poses and motions as
            JSON, NPY or MAT. --source may be a folder of pictures, and --driving one of
            videos or recordings: then each is driven by each. --pairs is CSV with the
            columns source,driving[,output], paths from the list's own folder. Each driver
            is read once.

            Videos need ffmpeg and ffprobe 4.4 or newer (ANIMO_FFMPEG names another one).
            Rate and sound are the driver's. What is done is kept in OUTPUT.animo-job until
            all is: an interrupted job goes on from there by --resume, or by the same
            command again, and its files have the same bytes.
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(
        help: ArgumentHelp("What drives: a video, a folder, recorded motion or a picture.", valueName: "file|folder"))
    var driving: String?

    @OptionGroup(title: "Driving pictures") var head: DrivingHeadOptions
    @OptionGroup(title: "Driving pictures") var reading: ReadingOptions
    @OptionGroup(title: "Driving pictures") var mapping: MappingOptions

    @Option(help: ArgumentHelp("Pairs of sources and drivers.", valueName: "file.csv"))
    var pairs: String?

    @Option(help: ArgumentHelp("Where to write.", valueName: "file|folder"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "What is made; png and jpg are numbered pictures. (default: by --output, else mp4; png for a driving picture)",
            valueName: "format"))
    var format: OutputKind?

    @Flag(help: "Keep the source's alpha: mov (ProRes 4444), webm (VP9) or png.")
    var alpha = false

    @OptionGroup(title: "Source") var ground: BackgroundOptions

    @Option(
        help: ArgumentHelp("Frames a second: driver, 25, 29.97, 30000/1001. (default: driver)", valueName: "rate"),
        transform: RateArgument.init(parsing:))
    var rate: RateArgument?

    @Option(
        help: ArgumentHelp("Begin here in the driver: seconds or HH:MM:SS.", valueName: "time"),
        transform: TimeArgument.init(parsing:))
    var from: TimeArgument?

    @Option(help: ArgumentHelp("End here.", valueName: "time"), transform: TimeArgument.init(parsing:))
    var to: TimeArgument?

    @Option(
        help: ArgumentHelp("Sound: copy the driver's, none, or a file's. (default: copy)", valueName: "copy|none|file"),
        transform: AudioArgument.init(parsing:))
    var audio: AudioArgument = .copy

    @Option(
        help: ArgumentHelp(
            "Keep what was read of the driver as recorded motion; a folder where there are several.",
            valueName: "file|folder"))
    var motionOut: String?

    @Flag(help: "Relative motion: the driver's first head is the neutral reference.")
    var relative = false

    @Flag(help: "With --relative: scale movements by the sizes of both heads.")
    var adaptScale = false

    @OptionGroup(title: "Control") var control: ControlArguments

    @Option(
        help: ArgumentHelp(
            "Frames without a head: hold, which keeps the pose before for half a second and then lives; idle, which lives "
                + "at once; or fail.", valueName: "word"))
    var onNoHead: NoHeadArgument = .hold

    @Option(help: ArgumentHelp("Driving frames that are read at the same time.", valueName: "n"))
    var jobs = 2

    @Option(help: ArgumentHelp("Seconds to wait for a daemon that has gone.", valueName: "seconds"))
    var wait = 300

    @Option(help: ArgumentHelp("Go on with a job.", valueName: "job folder"))
    var resume: String?

    @Option(help: ArgumentHelp("Say how far a job is.", valueName: "job folder"))
    var status: String?

    @Flag(help: "Look at the inputs and print the plan; make nothing.")
    var dryRun = false

    @Flag(help: "Replace outputs that exist; with --resume, begin anew where an input has changed.")
    var force = false

    @Flag var onError: FailurePolicy = .keepGoing

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @Flag(help: "Print JSON lines: item_started, progress, item_done, warning, summary.")
    var json = false

    func validate() throws {
        let forms = [pairs != nil, source.source != nil || driving != nil, resume != nil, status != nil].filter { $0 }
        guard forms.count == 1 else {
            throw ValidationError(
                "expected one of --source with --driving, --pairs, --resume and --status, got \(forms.count)")
        }
        guard resume == nil && status == nil else { return }
        try source.pasting.validate(over: ground)
        guard output != nil else { throw ValidationError("--output: expected a file or a folder, got nothing") }
        if pairs == nil {
            guard source.source != nil else { throw ValidationError("--source: expected a picture or a folder") }
            guard driving != nil else {
                throw ValidationError("--driving: expected a video, a folder, recorded motion or a picture")
            }
        }
        if source.source == "-" || driving == "-" || output == "-" {
            throw ValidationError("expected files: a job that is resumed reads its inputs again, got -")
        }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs: expected 1 to 64, got \(jobs)") }
        guard (0...86_400).contains(wait) else {
            throw ValidationError("--wait: expected 0 to 86400 seconds, got \(wait)")
        }
        if let from, let to, to.seconds <= from.seconds {
            throw ValidationError("--to: expected a time after --from")
        }
        if adaptScale, !relative { throw ValidationError("--adapt-scale requires --relative") }
        if control.calibrate != nil || control.relativeParts != nil, !relative, control.profile == nil {
            throw ValidationError("--calibrate and --relative-parts belong to --relative")
        }
        if let format, alpha, !format.keepsAlpha {
            throw ValidationError(
                "--alpha: \(format.rawValue) keeps no alpha, expected one of \(OutputKind.withAlpha)")
        }
    }

    func run() async throws {
        Interruption.beforeExit { ToolProcess.endAll() }
        if let status {
            try JobReport.printStatus(of: status, json: json)
            return
        }
        if let resume {
            try await JobStart.resume(resume, by: self)
            return
        }
        try await JobStart.start(self)
    }

    /// Whether the result has alpha in its file.
    func keepsAlpha(_ kind: OutputKind) -> Bool { alpha && kind.keepsAlpha }

    /// Options of every picture that is rendered.
    func rendering() throws -> Wire.DrawOptions {
        var options = Wire.DrawOptions(
            jpegQuality: 95, outOfRange: .clamp, priority: .batch, mapping: mapping.wire)
        try ground.apply(to: &options)
        source.pasting.apply(to: &options, over: ground)
        return options
    }

    func settings() throws -> ControlSettings {
        var settings = try control.profile.map { try ProfileFile(named: $0).read() } ?? ControlSettings()
        settings.merge(try control.settings(isRelative: relative))
        return settings
    }
}
