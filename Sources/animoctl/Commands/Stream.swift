import AnimoCLI
import AnimoClient
import AnimoDrivers
import AnimoMotion
import AnimoPictures
import AnimoVideo
import AnimoWire
import ArgumentParser

struct Stream: AsyncParsableCommand {
    enum Input: String, ExpressibleByArgument, CaseIterable {
        case mjpeg, rgb24, y4m, poses, motions, vmd, openseeface, ifacialmocap, facemotion3d, vmc, livelinkface, arkit

        /// The tracker whose protocol it is; nil for what is no tracker's.
        var tracker: TrackerProtocol? { TrackerProtocol(rawValue: rawValue) }

        /// Whether pictures of a head come in.
        var hasPictures: Bool { [.mjpeg, .rgb24, .y4m].contains(self) }
    }

    enum Output: String, ExpressibleByArgument, CaseIterable { case mjpeg, rgb24, rgba, y4m }
    enum Policy: String, ExpressibleByArgument, CaseIterable { case latest, queue }

    static let configuration = CommandConfiguration(
        abstract: "Drive a head live: frames or poses in, pictures out.",
        usage: "animoctl stream --source <file> --input <format> [<options>]",
        discussion: """
            Examples:
              ffmpeg -i in.mp4 -pix_fmt yuv420p -f yuv4mpegpipe - \\
                | animoctl stream --source face.png --source-domain vox \\
                    --driving-domain vox --input y4m --output y4m \\
                | ffmpeg -i - out.mp4
              animoctl pose sample --count 60 \\
                | animoctl stream --source face.png --source-domain anime \\
                    --input poses --output y4m | ffplay -
              ffmpeg -f v4l2 -i /dev/video0 -f image2pipe -c:v mjpeg - \\
                | animoctl stream --source face.png --source-domain anime \\
                    --driving-domain vox --policy latest --rate 25 --output y4m \\
                | ffmpeg -i - -f v4l2 -pix_fmt yuv420p /dev/video2

            --policy queue renders every frame and makes the sender wait; it is for files.
            A frame that fails repeats the picture before, or shows the source as it is,
            so that the count is kept.
            --policy latest lets newer frames replace older ones, so that the delay never
            grows; it is for cameras. A session that is lost with its daemon is opened
            again; frames without a picture are sent once more, with latest the newest.
            --rate writes that many pictures a second whatever comes in, by repeating and
            skipping, and implies latest. rgba keeps the alpha of models that have it; the
            other formats are over --background. y4m carries its rate; mjpeg, rgb24 and rgba
            do not, so tell the program that reads them (ffmpeg -framerate 30 -f mjpeg -i -).
            Poses are JSON lines: an object of names to values or an array of 20, or recorded
            motion, which is paced by its own times with latest. Motions are
            JSON lines too, or one file of rows: JSON, NPY, or MAT as Deep3DFaceRecon,
            PIRenderer (coeff) and SadTalker (coeff_3dmm) write it. vmd is a MikuMikuDance
            motion file.

            A tracker sends to a port of this machine: openseeface, ifacialmocap,
            facemotion3d, vmc, livelinkface, or arkit, whose JSON lines come on standard
            input unless --listen is given. Standard input takes changes meanwhile, a JSON
            object a line: {"calibrate": {"over_ms": 500}}, {"mirror": true},
            {"fixed": {"mouth_a": 1}, "origin": {"mouth": "fixed"}, "blend_ms": 400}.
              animoctl stream --source face.png --source-domain anime --input openseeface \\
                --relative --calibrate 500 --rate 30 --output y4m | ffplay -
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(help: ArgumentHelp("Format of standard input.", valueName: "format"))
    var input: Input = .mjpeg

    @OptionGroup var head: DrivingHeadOptions

    @Option(
        help: ArgumentHelp("Size of the frames of --input rgb24.", valueName: "WxH"),
        transform: Dimensions.init(parsing:))
    var inputSize: Dimensions?

    @Option(help: ArgumentHelp("Format of standard output.", valueName: "format"))
    var output: Output = .mjpeg

    @Option(help: "latest for cameras, queue for files. (default: queue; with --rate latest)")
    var policy: Policy?

    @Option(help: ArgumentHelp("Frames in flight at most. (default: the daemon's)", valueName: "n"))
    var window: UInt32?

    @Option(
        help: ArgumentHelp(
            "Later frames to wait for, where a picture is rendered from several; requires --policy queue. (default: 0, "
                + "the newest frame is repeated)", valueName: "n"))
    var lookahead: UInt32 = 0

    @Flag(help: "Relative motion: the first frame is the neutral reference.")
    var relative = false

    @Flag(help: "With --relative: scale movements by the sizes of both heads.")
    var adaptScale = false

    @Option(
        help: ArgumentHelp(
            "With --relative: take as neutral reference the one of the first N frames that is most like the source.",
            valueName: "N"))
    var bestStart: Int?

    @Option(
        name: .customLong("reader"),
        help: ArgumentHelp(
            "What reads driving pictures; auto is the model's first, describe lists them.", valueName: "reader"))
    var frameReader: ReaderArgument = .auto

    @Option(
        help: ArgumentHelp(
            "For frames, how a human expression becomes an anime pose: edtn or basis. For trackers and vmd, the table "
                + "that makes poses of their numbers: a built-in one, tha3 for that family, or a file. (default: whichever fits)",
            valueName: "name|file"))
    var mapping: String?

    @OptionGroup(title: "Trackers") var tracker: TrackerOptions

    @OptionGroup(title: "Control") var control: ControlArguments

    @Option(help: ArgumentHelp("Write down what was drawn, as recorded motion.", valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("Pictures a second to write, whatever the input's rate.", valueName: "fps"))
    var rate: Double?

    @Option(help: ArgumentHelp("Numbers outside a channel's range: clamp or refuse.", valueName: "word"))
    var outOfRange: OutOfRangeArgument = .clamp

    @Option(
        help: ArgumentHelp(
            "Breaths a minute of a figure that can breathe, 0 to 60; 0: none. (default: 20 for trackers and cameras, else "
                + "0)", valueName: "N"))
    var breaths: Float?

    @OptionGroup var ground: BackgroundOptions

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions

    func validate() throws {
        if source.source == "-" {
            throw ValidationError("--source: expected a file, got '-': standard input carries the frames")
        }
        if input == .rgb24, inputSize == nil {
            throw ValidationError("--input rgb24 requires --input-size WIDTHxHEIGHT: raw frames tell no size")
        }
        if input != .rgb24, inputSize != nil { throw ValidationError("--input-size requires --input rgb24") }
        if !input.hasPictures, head.drivingDomain != nil || head.drivingCrop != .none {
            throw ValidationError(
                "--driving-domain and --driving-crop require pictures, got --input \(input.rawValue)")
        }
        try source.pasting.validate(over: ground)
        if ground.background == .transparent, output != .rgba {
            throw ValidationError("--background transparent requires --output rgba, got \(output.rawValue)")
        }
        try tracker.validate(for: input.tracker)
        if listener != nil, policy == .queue {
            throw ValidationError("--policy: expected latest for a tracker, which does not wait, got queue")
        }
        if input.hasPictures, let mapping, MappingArgument(argument: mapping) == nil {
            throw ValidationError("--mapping: expected edtn or basis with --input \(input.rawValue), got '\(mapping)'")
        }
        if input.takesTable, let mapping, MappingArgument(argument: mapping) != nil {
            throw ValidationError(
                "--mapping \(mapping) reads frames; with --input \(input.rawValue) expected a mapping table")
        }
        if control.calibrate != nil || control.relativeParts != nil, !relative, control.profile == nil {
            throw ValidationError("--calibrate and --relative-parts belong to --relative")
        }
        if !input.hasPictures, frameReader != .auto {
            throw ValidationError("--reader requires pictures, got --input \(input.rawValue)")
        }
        if let rate, !(rate.isFinite && rate > 0 && rate <= 1000) {
            throw ValidationError("--rate: expected pictures a second, above 0 and at most 1000, got \(rate)")
        }
        if rate != nil, policy == .queue {
            throw ValidationError("--rate requires policy latest, got --policy queue")
        }
        if let bestStart {
            guard relative, input.hasPictures else {
                throw ValidationError("--best-start requires --relative and pictures as input")
            }
            guard (1...1000).contains(bestStart) else {
                throw ValidationError("--best-start: expected 1 to 1000, got \(bestStart)")
            }
        }
        if let breaths, !(0...60).contains(breaths) {
            throw ValidationError("--breaths: expected 0 to 60, got \(breaths)")
        }
        if adaptScale, !relative { throw ValidationError("--adapt-scale requires --relative") }
        if lookahead > 0, policy == .latest || rate != nil {
            throw ValidationError("--lookahead requires policy queue, got latest (--policy latest or --rate)")
        }
        if let window, !(1...1024).contains(window) {
            throw ValidationError("--window: expected 1 to 1024, got \(window)")
        }
    }

    func run() async throws {
        guard !Terminal.standardOutputIsTerminal else {
            throw Failure(
                .usage, "standard output: expected a pipe or a file, got a terminal",
                hint: "pipe the pictures: ... | ffplay -f mjpeg -, or into a file: >out.mjpeg")
        }
        guard !input.hasPictures || !Terminal.standardInputIsTerminal else {
            throw Failure(
                .usage, "standard input: expected a pipe or a file with frames, got a terminal",
                hint: "ffmpeg ... - | animoctl stream")
        }
        let picture = try source.read()
        let pasted = source.pasting.isAsked(for: ground)
        let rules = input.takesTable ? try mapping.map { try MappingFile.rules($0) } : nil
        let summary = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let held = try await daemon.put(try source.wire(picture, for: model, pasted: pasted), model: model)
            let ahead = try await readAhead()
            let settings = try settings()
            let open = try await open(model, daemon, held, ahead?.drivers, settings)
            let recorder = try recorder(model, rules)
            let session = try await daemon.client.lasting(held, open)
            let commands = LiveCommands(
                session, settings: settings, groups: model.controlGroups, smoothing: usualSmoothing)
            if listener != nil { commands.start() }
            if let overMs = control.calibrate, open.control != nil, open.relative?.neutral == nil {
                Task { try await session.change(Wire.AnimateChange(calibration: Wire.Calibration(overMs: overMs))) }
            }
            let pump = StreamPump(
                session: session, input: try streamInput(model, rules, ahead, tellsLostHead: open.control != nil),
                writer: StreamWriter(output, rate: rate), recorder: recorder,
                still: { try StillPicture(held, pasteBack: pasted).picture(as: output) },
                keepsEvery: !isLatest, timeout: connection.timeoutDuration)
            do {
                defer { if let name = control.profile { keep(commands.settings, in: ProfileFile(named: name)) } }
                do {
                    try await pump.run()
                } catch {
                    try await recorder?.finish()
                    throw error
                }
                try await recorder?.finish()
            } catch let gone as ReaderGone {
                throw gone
            } catch {
                Terminal.note(pump.summary.line)
                throw error
            }
            return pump.summary
        }
        Terminal.note(summary.line)
        guard summary.read > 0 else {
            throw Failure(
                .badData, "no frame came in; expected --input \(input.rawValue)",
                hint: "check that the sender writes \(input.rawValue)")
        }
        if summary.failed > 0 {
            throw Failure(
                summary.rendered == 0 ? summary.firstFailure?.status ?? .badData : .badData,
                "\(Quantity.count(summary.failed, "frame")) could not be rendered")
        }
    }
}

extension Stream.Output {
    /// The format requested from the daemon.
    var wire: Wire.PictureFormat {
        switch self {
        case .mjpeg: .jpeg
        case .rgb24, .y4m: .rgb8
        case .rgba: .rgba8
        }
    }
}
