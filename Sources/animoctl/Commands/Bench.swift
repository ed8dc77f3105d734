import AnimoCLI
import AnimoMotion
import AnimoDemo
import AnimoLoad
import AnimoWire
import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a running daemon as its clients see it.",
        usage: "animoctl bench [--sessions <n,...>] [--rate <fps>] [<options>]",
        discussion: """
            Examples:
              animoctl bench
              animoctl bench --sessions 1,4,8 --frames 200 --size 256 --fit none --json
              animoctl bench --input jpeg --rate 25 --sessions 1,2

            Each session has a connection of its own and animates one head with a natural
            motion, as fast as the daemon answers or at --rate. Then short runs find how
            many sessions fit at --fit frames a second: 99 of 100 frames are rendered, and
            99 of 100 delays are under two frame intervals. Run it on a quiet machine.
            """)

    @Option(help: ArgumentHelp("The head to animate, PNG or JPEG. (default: a built-in one)", valueName: "file"))
    var source: String?

    @Option(help: ArgumentHelp("Kind of that head: anime or vox.", valueName: "domain"))
    var sourceDomain: Domain?

    @Option(
        help: ArgumentHelp(
            "Side of the rendered picture, a multiple of 32, or source. (default: native)", valueName: "n|source"),
        transform: SizeArgument.init(parsing:))
    var size: SizeArgument = .native

    @OptionGroup var load: LoadOptions
    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let given = try source.map { try InputFile.read($0, as: "--source") }
        let daemon = try await Daemon.connect(
            to: try connection.address(), timeout: connection.timeoutDuration,
            credentials: try connection.credentials())
        let model = try await daemon.closing { try await daemon.model(named: models.model) }
        let scene = try scene(given, model)
        let generator = LoadGenerator(
            address: try connection.address(), timeout: connection.timeoutDuration,
            credentials: try connection.credentials())
        let report = try await LoadBench(generator, options: load, scene: scene).run {
            ProgressLine.shared.show($0, force: true)
        }
        ProgressLine.shared.clear()
        try Terminal.print(printing.json ? report.json : report.text)
    }

    /// The head asked for, or a built-in one, and another of its kind before the camera.
    private func scene(_ given: [UInt8]?, _ model: ServedModel) throws -> LoadBench.Scene {
        let domain =
            given == nil
            ? sourceDomain?.wire ?? model.description.domains.first ?? .anime
            : try model.domain(sourceDomain, option: "--source-domain")
        let heads = try DemoSamples.sources(domain == .vox ? .vox : .anime)
        let picture = try PictureFile(
            given ?? heads[0].png, crop: .none, fitting: PictureFile.Fitting(model, domain: domain, size: size),
            what: "--source")
        var source = Wire.SourcePicture(picture: picture.wire, domain: domain, crop: picture.crop.wire)
        source.apply(size)
        let actor = Wire.SourcePicture(picture: Wire.Picture(format: .png, data: heads[1].png), domain: domain)
        return LoadBench.Scene(
            source: Wire.PutSourceRequest(model: models.model, source: source), actor: actor,
            poses: try DemoSamples.motion().poses)
    }
}
