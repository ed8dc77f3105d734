import AnimoCLI
import AnimoMotion
import AnimoClient
import AnimoPictures
import AnimoVideo
import AnimoWire
import ArgumentParser

struct Stream: AsyncParsableCommand {
    enum Input: String, ExpressibleByArgument, CaseIterable {
        case mjpeg, rgb24, y4m, poses, motions

        /// Indicates whether frames come in, and not numbers.
        var isPictures: Bool { self != .poses && self != .motions }
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
            Poses are JSON lines: an object of names to values or an array of 20. Motions are
            JSON lines too, or one file of rows: JSON, NPY, or MAT as Deep3DFaceRecon,
            PIRenderer (coeff) and SadTalker (coeff_3dmm) write it.
            """)

    @OptionGroup(title: "Source") var source: SourceOptions

    @Option(help: ArgumentHelp("Format of standard input.", valueName: "format"))
    var input: Input = .mjpeg

    @Option(
        help: ArgumentHelp(
            "Kind of the driving head: anime or vox. Optional if the model has one.", valueName: "domain"))
    var drivingDomain: Domain?

    @Option(
        help: ArgumentHelp("As --crop, for the driving frames. (default: none)", valueName: "crop"),
        transform: Crop.init(argument:))
    var drivingCrop: Crop = .none

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

    @OptionGroup var mapping: MappingOptions

    @Option(help: ArgumentHelp("Pictures a second to write, whatever the input's rate.", valueName: "fps"))
    var rate: Double?

    @Option(help: ArgumentHelp("Numbers outside a channel's range: clamp or refuse.", valueName: "word"))
    var outOfRange: OutOfRangeArgument = .clamp

    @OptionGroup var ground: BackgroundOptions

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions

    func validate() throws {
        if source.source == "-" {
            throw ValidationError("--source: expected a file, got '-': standard input carries the frames")
        }
        if input != .rgb24, inputSize != nil { throw ValidationError("--input-size requires --input rgb24") }
        if !input.isPictures, drivingDomain != nil || drivingCrop != .none {
            throw ValidationError(
                "--driving-domain and --driving-crop require pictures, got --input \(input.rawValue)")
        }
        if let rate, !(rate.isFinite && rate > 0 && rate <= 1000) {
            throw ValidationError("--rate: expected pictures a second, above 0 and at most 1000, got \(rate)")
        }
        if rate != nil, policy == .queue {
            throw ValidationError("--rate requires policy latest, got --policy queue")
        }
        if let bestStart {
            guard relative, input.isPictures else {
                throw ValidationError("--best-start requires --relative and pictures as input")
            }
            guard (1...1000).contains(bestStart) else {
                throw ValidationError("--best-start: expected 1 to 1000, got \(bestStart)")
            }
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
        guard !input.isPictures || !Terminal.standardInputIsTerminal else {
            throw Failure(
                .usage, "standard input: expected a pipe or a file with frames, got a terminal",
                hint: "ffmpeg ... - | animoctl stream")
        }
        let picture = try source.read()
        let summary = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let held = try await daemon.put(try source.wire(picture, for: model), model: model)
            let latest = (policy ?? (rate == nil ? .queue : .latest)) == .latest
            let framing = try framing(model)
            let ahead = try await readAhead()
            var options = Wire.DrawOptions(
                format: output.wire, pasteBack: source.pasteBack,
                outOfRange: outOfRange == .refuse ? .refuse : .clamp, mapping: mapping.wire)
            try ground.apply(to: &options)
            let open = Wire.AnimateOpen(
                policy: latest ? .latest : .queue, window: window ?? (lookahead > 0 ? lookahead + 4 : 0),
                options: options,
                relative: try await relative(model, daemon, held, ahead?.drivers, framing), lookahead: lookahead)
            let session = try await daemon.client.lasting(held, open)
            let pump = StreamPump(
                session: session, reader: { try ahead ?? reader() }, writer: StreamWriter(output, rate: rate),
                framing: framing, still: { try StillPicture(held, pasteBack: source.pasteBack).picture(as: output) },
                keepsEvery: !latest, timeout: connection.timeoutDuration)
            do {
                try await pump.run()
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
                .badData, "standard input: no frame came in; expected --input \(input.rawValue)",
                hint: "check that the sender writes \(input.rawValue)")
        }
        if summary.failed > 0 {
            throw Failure(
                summary.rendered == 0 ? summary.firstFailure?.status ?? .badData : .badData,
                "\(Quantity.count(summary.failed, "frame")) could not be rendered")
        }
    }

    /// The frames to look for the best start in; nil where the first is taken for it.
    private func readAhead() async throws -> ReadAhead? {
        guard let bestStart else { return nil }
        return try await ReadAhead.first(bestStart, of: try reader())
    }

    private func relative(
        _ model: ServedModel, _ daemon: Daemon, _ held: HeldSource, _ frames: [(number: Int, driver: StreamDriver)]?,
        _ framing: DriverFraming
    ) async throws -> Wire.Relative? {
        guard relative else { return nil }
        guard let frames, let picture = held.request.source else { return Wire.Relative(adaptScale: adaptScale) }
        let source = Wire.DrivingFrame(
            picture: picture.picture, domain: picture.domain, crop: picture.crop, landmarks: picture.landmarks)
        // A frame that cannot be sent is reported in its place.
        let candidates = frames.compactMap { frame in
            (try? framing.wire(frame.driver)).map { (number: frame.number, driver: $0) }
        }
        let neutral = try await BestStart(daemon: daemon, model: model).choose(
            candidates, for: Wire.Driver(kind: .frame(source)))
        return Wire.Relative(neutral: neutral, adaptScale: adaptScale)
    }

    private func reader() throws -> any DriverReader {
        switch input {
        case .mjpeg: return MJPEGFrames()
        case .rgb24:
            let size = inputSize ?? Dimensions(width: 1, height: 1)
            return PictureFrames(try RawSplitter(width: size.width, height: size.height))
        case .y4m: return PictureFrames(Y4MReader())
        case .poses: return JSONLineReader(.poses)
        case .motions: return MotionReader()
        }
    }

    /// The domain of the driving frames is resolved once, before the first.
    private func framing(_ model: ServedModel) throws -> DriverFraming {
        guard input.isPictures else { return DriverFraming(domain: .unspecified, crop: .none, fitting: nil) }
        let domain = try model.domain(drivingDomain, option: "--driving-domain")
        return DriverFraming(
            domain: domain, crop: drivingCrop, fitting: PictureFile.Fitting(model, domain: domain))
    }
}

extension Stream.Output {
    /// What the daemon is asked for.
    var wire: Wire.PictureFormat {
        switch self {
        case .mjpeg: .jpeg
        case .rgb24, .y4m: .rgb8
        case .rgba: .rgba8
        }
    }
}
