import AnimoCLI
import AnimoCompute
import ArgumentParser
import Foundation
import Synchronization

struct FrameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frame", abstract: "Seconds per frame: a new driver in, a finished float picture out.",
        usage: "animobench frame [--family <family>] [--threads <n>] [<options>]",
        discussion: """
            Example: animobench frame --family fomm --threads 2 --size 256 --json

            The driver is the numbers that the networks read; fomm and lpd are driven by
            pictures alone, whose reading is then part of the time.
            """)

    @OptionGroup var options: BenchOptions
    @Option(help: "Threads of the pool.")
    var threads = 2
    @Option(help: "Streams with a source each, whose frames are rendered in one batch as in the daemon.")
    var streams = 1
    @Option(help: "Frames of each stream that are timed.")
    var frames = 9
    @Option(help: "Frames of one stream that are rendered in one batch.")
    var batch = 1
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func validate() throws {
        try require("--threads", threads, upTo: 256)
        try require("--streams", streams, upTo: 256)
        try require("--frames", frames, upTo: 100_000)
        try require("--batch", batch, upTo: 256)
    }

    func run() throws {
        var bench = try Bench(options, threads: threads, streams: streams)
        let (size, lanes) = (options.size, options.lanes)
        try bench.check()
        // One call each: the frames of `batch` moments of every stream. The first two are not timed.
        let calls = (0..<(frames + 2)).map { _ in
            (0..<streams).flatMap { stream in (0..<batch).map { _ in bench.next(stream) } }
        }
        for call in calls.prefix(2) { try bench.render(call) }
        let processor = ProcessorTime()
        let rendered = Double(streams * batch)
        let result = median(
            try calls.dropFirst(2).map { call in try seconds { try bench.render(call) } / rendered })
        let spent = processor.seconds / (Double(frames) * rendered)
        let peak = MatrixPeak.measure(pool: bench.pool, upTo: lanes)
        let isAniMo = options.family == .animo && options.width == .full
        let products = isAniMo ? 8.3e9 * Double(size * size) / 65536 : nil
        var row: [String: Any] = [
            "seconds": result, "processor_seconds": spent,
            "family": options.family.rawValue, "threads": threads, "size": size, "streams": streams,
            "width": options.width.rawValue,
            "batch": batch, "weight_bytes": bench.model.weightBytes, "load_seconds": bench.loadSeconds,
            "resident_bytes": residentBytes(), "peak_gflops": peak / 1e9,
            "lanes": min(lanes, Processor.widths.last ?? 0),
        ]
        if let products { row["share_of_floor"] = 2 * products / peak / result }
        let data = try JSONSerialization.data(withJSONObject: row, options: [.sortedKeys])
        let text = String(decoding: data, as: UTF8.self)
        if try comparison.print(text, measures: ["seconds", "processor_seconds"]) { return }
        if json {
            print(text)
        } else {
            for (name, value) in row.sorted(by: { $0.key < $1.key }) { print("\(name)\t\(value)") }
        }
    }
}
