import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoFiles
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire
import ArgumentParser
import Foundation
import Synchronization

struct Track: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find heads in pictures, and say what they do.",
        usage: "animoctl track <picture> ... [<options>]",
        discussion: """
            Examples:
              animoctl track photo.jpg --output seen.png
              animoctl track clip/ --video --json >faces.jsonl
              ffmpeg -i in.mp4 -f yuv4mpegpipe -pix_fmt yuv444p - \\
                | animoctl track - --json

            Takes PNG and JPEG pictures, folders of them, films as Y4M or MJPEG, and other
            films where ffmpeg is installed. The daemon needs a model with a face tracker:
            animoctl convert makes one. Several pictures are pictures of their own, unless
            --video says that they are frames of one film, in which a face is followed from
            frame to frame. Left and right in names are the person's own.

            --json prints a line for each picture: detections, the face with 478 landmarks,
            52 blend shapes, the head's place and angles, what mapping tables read, the
            pose, and the square that a model wants to see. Without a face 'face' is null,
            and the exit code is 0 all the same.
            """)

    @Argument(help: ArgumentHelp("Pictures, folders or films; - is standard input.", valueName: "picture"))
    var pictures: [String]

    @Flag(help: "The pictures are frames of one film.")
    var video = false

    @Option(help: ArgumentHelp("Frames a second. (default: as the film says, else 25)", valueName: "fps"))
    var rate: Double?

    @Flag(help: "Smooth the points over time, with --video or a film.")
    var smoothPoints = false

    @Option(
        help: ArgumentHelp(
            "Of several faces: largest, nearest (to the last one), or 0, 1, … from the left.", valueName: "face"))
    var face: FaceArgument = .largest

    @Option(help: ArgumentHelp("The least score of a detection, 0 to 1.", valueName: "score"))
    var threshold = 0.5

    @Option(
        help: ArgumentHelp(
            "Place of the face in the square 'head': \(HeadFraming.named.map(\.name).joined(separator: ", ")), or its "
                + "share of the side and its middle.", valueName: "name|share,x,y"))
    var framing: FramingArgument?

    @Option(
        help: ArgumentHelp(
            "What makes the pose: \(MappingRules.builtInNames.joined(separator: ", ")), or a table in a file. "
                + "(default: arkit)", valueName: "name|file"))
    var mapping: String?

    @Option(
        help: ArgumentHelp(
            "Draw what is seen on the picture: a PNG file, or a folder (ending in /) for several.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        guard !pictures.isEmpty else { throw ValidationError("expected a picture, a folder, a film, or -") }
        if let rate, !(rate.isFinite && rate > 0 && rate <= 1000) {
            throw ValidationError("--rate: expected frames a second, above 0 and at most 1000")
        }
        guard threshold > 0, threshold <= 1 else {
            throw ValidationError(
                "--threshold: expected a score above 0 and at most 1, got \(Quantity.plain(threshold))")
        }
        if output == "-" { throw ValidationError("--output: a picture with marks needs a file") }
    }

    func run() async throws {
        let rules = try mapping.map { try PoseRules($0) }
        let overlay = try output.map { try OverlayOutput($0) }
        let inputs = PictureQueue(try TrackInputs(pictures))
        let counts = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            return try await track(inputs, daemon, model, rules, overlay)
        }
        guard counts.pictures > 0 else { throw Failure(.badData, "no picture came in") }
        if counts.failed > 0 {
            throw Failure(.badData, "\(Quantity.count(counts.failed, "picture")) could not be read")
        }
    }

    private struct Counts: Sendable {
        var pictures = 0
        var failed = 0
    }

    private func track(
        _ inputs: PictureQueue, _ daemon: Daemon, _ model: ServedModel, _ rules: PoseRules?, _ output: OverlayOutput?
    ) async throws -> Counts {
        var overlay = output
        guard var next = try await inputs.next() else { return Counts() }
        // A film tells itself by its first frame; pictures of one are told apart by nothing.
        let (isFilm, known) = (inputs.isFilm, inputs.rate)
        let open = Wire.TrackOpen(
            model: models.model, video: video || isFilm, rate: rate ?? known ?? 25, smooth: smoothPoints,
            face: face.wire, threshold: threshold, framing: framing?.wire)
        let session = try await daemon.client.track(open, timeout: daemon.timeout)
        let fitting = PictureFile.Fitting(
            largest: model.largestPicture, side: 512, background: .edge, keepSize: true)
        // Pictures whose results are due, the oldest first.
        var waiting: [NamedPicture] = []
        var counts = Counts()
        var results = session.results.makeAsyncIterator()
        func deliver() async throws {
            guard let result = try await results.next() else {
                throw Failure(.software, "the daemon ended without a result for each picture")
            }
            let picture = waiting.removeFirst()
            var report = FaceReport(name: picture.name, result: result)
            if let rules { report.pose = result.face.map(rules.pose) }
            counts.pictures += 1
            if result.outcome != .ok { counts.failed += 1 }
            try Terminal.print(printing.json ? report.json.text + "\n" : report.text)
            try overlay?.write(report.marks.drawn(on: try picture.decoded()))
        }
        let window = Int(max(1, session.opened.window))
        while true {
            try await session.send(Wire.TrackFrame(picture: try next.wire(fitting)))
            waiting.append(next)
            if waiting.count >= window { try await deliver() }
            guard let picture = try await inputs.next() else { break }
            next = picture
        }
        session.finish()
        while !waiting.isEmpty { try await deliver() }
        return counts
    }
}

/// Reads pictures one at a time.
private final class PictureQueue: Sendable {
    private let inputs: Mutex<TrackInputs>

    init(_ inputs: sending TrackInputs) { self.inputs = Mutex(inputs) }

    var isFilm: Bool { inputs.withLock { $0.isFilm } }
    var rate: Double? { inputs.withLock { $0.rate } }

    /// Reading may wait for a pipe, which must not hold one of the few threads that tasks share.
    func next() async throws -> NamedPicture? {
        try await runBlocking { try self.inputs.withLock { try $0.next() } }
    }
}

/// One file for one picture, or a folder of numbered ones.
private struct OverlayOutput: Sendable {
    private let path: String
    private let isFolder: Bool
    private var written = 0

    init(_ path: String) throws {
        self.path = path
        isFolder = path.hasSuffix("/") || Folder.exists(path)
        if isFolder {
            try OutputFile.makeFolder(path)
        } else {
            _ = try OutputFile(checking: path)
        }
    }

    mutating func write(_ picture: Picture) throws {
        written += 1
        guard isFolder || written == 1 else {
            throw Failure(.usage, "--output: several pictures need a folder", hint: "end its name with /")
        }
        let digits = String(written)
        let name = String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".png"
        let file = try OutputFile(checking: isFolder ? path + (path.hasSuffix("/") ? "" : "/") + name : path)
        try file.write(try PictureEncoder.encode(picture, as: .png, quality: 95))
    }
}
