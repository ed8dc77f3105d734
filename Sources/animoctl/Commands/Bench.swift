import AnimoCheckpoint
import AnimoClient
import AnimoDemo
import AnimoWire
import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a running daemon as its clients see it.",
        usage: "animoctl bench [--sessions <n,...>] [--frames <n>] [<options>]",
        discussion: """
            Examples:
              animoctl bench
              animoctl bench --sessions 1,4,8 --frames 200 --size 256 --json

            Each session has a connection of its own and draws one head in a natural
            motion, as fast as the daemon answers. How many sessions at 10, 15 and 25
            pictures a second fit is told from the most pictures a second measured. Run it
            on a quiet machine.
            """)

    @Option(help: ArgumentHelp("The head to draw: PNG or JPEG. (default: a built-in one)", valueName: "file"))
    var source: String?

    @Option(help: ArgumentHelp("What kind of head that is: anime or vox.", valueName: "domain"))
    var sourceDomain: DomainArgument?

    @Option(
        help: ArgumentHelp(
            "Side of the drawn picture, a multiple of 32, or source. (default: native)", valueName: "n|source"),
        transform: SizeArgument.init(parsing:))
    var size: SizeArgument = .native

    @Option(
        help: ArgumentHelp("How many sessions at once, one run each. (default: 1,2,4)", valueName: "n,..."),
        transform: SessionCounts.init(parsing:))
    var sessions = SessionCounts(counts: [1, 2, 4])

    @Option(help: ArgumentHelp("Frames of each session.", valueName: "n"))
    var frames = 60

    @Option(help: ArgumentHelp("Frames under way in each session.", valueName: "n"))
    var window: UInt32 = 2

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    struct SessionCounts: Sendable {
        let counts: [Int]

        init(counts: [Int]) { self.counts = counts }

        init(parsing text: String) throws {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            counts = parts.compactMap { Int($0) }.filter { (1...256).contains($0) }
            guard counts.count == parts.count, counts.count <= 16 else {
                throw ValidationError("expected numbers of 1 to 256, for instance 1,2,4")
            }
        }
    }

    func validate() throws {
        guard (2...1_000_000).contains(frames) else { throw ValidationError("--frames: expected at least 2") }
        guard (1...1024).contains(window) else { throw ValidationError("--window: expected 1 to 1024") }
    }

    func run() async throws {
        let given = try source.map { try InputFile.read($0, as: "--source") }
        let motion = try DemoSamples.motion().poses
        let poses = (0..<frames).map { motion[$0 % motion.count] }
        var report = BenchReport(frames: frames, window: Int(window))
        let address = try connection.address()
        for count in sessions.counts {
            var clients: [Daemon] = []
            do {
                for _ in 0..<count {
                    clients.append(try await Daemon.connect(to: address, timeout: connection.timeoutDuration))
                }
                report.add(sessions: count, try await measure(clients, given, poses, report: &report))
                for daemon in clients { await daemon.client.close() }
            } catch {
                for daemon in clients { await daemon.client.close() }
                throw error
            }
        }
        ProgressLine.shared.clear()
        try Terminal.print(printing.json ? report.json.pretty : report.text)
    }

    /// One run: a session for each client, all at once.
    private func measure(
        _ clients: [Daemon], _ given: [UInt8]?, _ poses: [[Float]], report: inout BenchReport
    ) async throws -> [SessionRun] {
        let model = try await clients[0].model(named: models.model)
        let wire = try sourcePicture(given, model)
        var sessions: [AnimateSession] = []
        for daemon in clients {
            let held = try await daemon.put(wire, model: model)
            let options = Wire.DrawOptions(format: .jpeg)
            let session = try await daemon.client.animate(
                held, Wire.AnimateOpen(policy: .queue, window: window, options: options))
            sessions.append(session)
            report.source = session.opened.source
        }
        report.model = model.description
        let total = sessions.count * poses.count
        let label = Quantity.count(sessions.count, "session")
        let done = Counter()
        return try await withThrowingTaskGroup(of: SessionRun.self) { group in
            for session in sessions {
                group.addTask {
                    try await SessionRun.play(poses, in: session, keepPictures: false) { _ in
                        ProgressLine.shared.show(label, done: done.increase(), of: total)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func sourcePicture(_ given: [UInt8]?, _ model: ServedModel) throws -> Wire.SourcePicture {
        let domain: Wire.Domain
        let bytes: [UInt8]
        if let given {
            domain = try model.domain(sourceDomain, option: "--source-domain")
            bytes = given
        } else {
            domain = sourceDomain?.wire ?? model.description.domains.first ?? .anime
            bytes = try DemoSamples.sources(domain == .vox ? .vox : .anime)[0].png
        }
        let picture = try PictureFile(
            bytes, crop: .none, fitting: PictureFile.Fitting(model, domain: domain, size: size), what: "--source")
        var source = Wire.SourcePicture(picture: picture.wire, domain: domain, crop: picture.crop.wire)
        source.apply(size)
        return source
    }
}
