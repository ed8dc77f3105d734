import AnimoCLI
import AnimoConcurrency
import AnimoDrivers
import AnimoJSON
import AnimoMotion
import ArgumentParser

struct PoseListen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Print what a tracker sends, as recorded motion.",
        discussion: """
            Examples:
              animoctl pose listen --input openseeface >motion.jsonl
              animoctl pose listen --input ifacialmocap --phone 192.168.1.20 \\
                --listen 0.0.0.0:49983 --raw
              animoctl pose listen --input vmc --count 100

            A line for each frame: its time and the 20 numbers of a pose (45 with --mapping
            tha3), or null where the tracker sees no head. --raw prints the tracker's own numbers by their names
            instead. The newest frame wins where the reader is slow.
            """)

    @Option(help: ArgumentHelp("The tracker's protocol.", valueName: "protocol"))
    var input: TrackerProtocol

    @OptionGroup var tracker: TrackerOptions

    @Option(
        help: ArgumentHelp(
            "The mapping table: a built-in one or a file. (default: by what comes)", valueName: "name|file"))
    var mapping: String?

    @Flag(help: "Print the tracker's own numbers.")
    var raw = false

    @Option(help: ArgumentHelp("Frames to print. (default: until interrupted)", valueName: "N"))
    var count: Int?

    func validate() throws {
        try tracker.validate(for: input)
        if input == .arkit, tracker.listen == nil {
            throw ValidationError("--input arkit has no port of its own: give --listen HOST:PORT")
        }
        if raw, mapping != nil { throw ValidationError("--raw prints unmapped values; omit --mapping") }
        if let count, count < 1 { throw ValidationError("--count: expected 1 or more, got \(count)") }
    }

    func run() async throws {
        guard let configuration = tracker.configuration(for: input) else { return }
        let rules = try mapping.map { try MappingFile.rules($0) }
        let channels = rules?.channels ?? PoseMapping.standardChannels
        let printer = FramePrinter(
            mapping: raw ? nil : try TrackerMapping(rules, channels: channels),
            writer: RecordingWriter(
                .pose, channels: channels,
                origin: [
                    ("input", input.rawValue), ("table", rules?.name ?? "built in"),
                    ("application", "animoctl \(programVersion)"),
                ]))
        try await Self.print(from: configuration, by: printer, count: count)
    }

    private static func print(
        from configuration: TrackerListener.Configuration, by printer: FramePrinter, count: Int?
    ) async throws {
        var printer = printer
        let arrivals = Mailbox<TrackerListener.Arrival>(.latest)
        let listener = try await TrackerListener.opened(configuration) { _ = arrivals.put($0) }
        Terminal.note("animoctl: listening on \(configuration.host):\(listener.port)")
        defer {
            ProgressLine.shared.clear()
            Terminal.note(listener.counts.line(skipped: arrivals.replaced))
        }
        var printed = 0
        while count.map({ printed < $0 }) ?? true, let arrival = try await arrivals.next() {
            let line = try printer.line(arrival)
            try await runBlocking { try Terminal.print(line + "\n") }
            printed += 1
            ProgressLine.shared.show(listener.counts.line(skipped: arrivals.replaced))
        }
        await listener.close()
    }
}

extension TrackerProtocol: ExpressibleByArgument {}

/// Lines for what comes in.
private struct FramePrinter: Sendable {
    /// nil to print the tracker's own numbers.
    var mapping: TrackerMapping?
    let writer: RecordingWriter
    private var clock = CaptureClock()
    private var start: ContinuousClock.Instant?

    init(mapping: TrackerMapping?, writer: RecordingWriter) {
        self.mapping = mapping
        self.writer = writer
    }

    /// The line of a frame, with the header before the first.
    mutating func line(_ arrival: TrackerListener.Arrival) throws -> String {
        let isFirst = start == nil
        let start = start ?? arrival.time
        self.start = start
        let time = clock.capture(tracker: arrival.frame.time, arrival: (arrival.time - start).seconds)
        guard mapping != nil else { return Self.raw(arrival.frame, at: time) }
        let pose = try mapping?.pose(arrival.frame, by: arrival.table)
        return (isFirst ? writer.header + "\n" : "") + writer.line(time: time, numbers: pose)
    }

    private static func raw(_ frame: TrackerFrame, at time: Double) -> String {
        var object = JSONObject()
        object["t"] = .measured(time, digits: 6)
        if !frame.isTracking { object["ok"] = .bool(false) }
        for (name, value) in frame.inputs.sorted(by: { $0.key.text < $1.key.text }) {
            object[name.text] = .measured(value, digits: 6)
        }
        return JSONValue.object(object).text
    }
}

extension TrackerListener {
    /// ``open(_:onFrame:)``, with what failed in words.
    static func opened(
        _ configuration: Configuration, onFrame: @escaping @Sendable (Arrival) -> Void
    ) async throws -> TrackerListener {
        do {
            return try await open(configuration, onFrame: onFrame)
        } catch {
            throw Failure(
                .unavailable, "cannot listen on \(configuration.host):\(configuration.port): \(error)",
                hint: "another program may listen there already; choose a port with --listen HOST:PORT")
        }
    }
}

extension TrackerListener.Counts {
    /// `512 frames, 3 refused, 0 foreign; newest 12 ms ago`, or `512 frames of 1536 datagrams, …`
    func line(skipped: Int) -> String {
        var text = Quantity.count(frames, "frame")
        // VMC sends a frame in several datagrams.
        if parts > 0 { text += " of \(Quantity.count(frames + parts, "datagram"))" }
        text += ", \(refused) refused, \(foreign) foreign"
        if skipped > 0 { text += ", \(skipped) skipped" }
        if let newest { text += "; newest \(Quantity.seconds((.now - newest).seconds)) ago" }
        return text
    }
}
