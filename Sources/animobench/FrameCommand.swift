import AnimoCompute
import AnimoModel
import ArgumentParser
import Foundation
import Synchronization

struct FrameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frame", abstract: "Seconds per frame: a new motion in, a finished float picture out.",
        discussion: "Example: animobench frame --threads 2 --size 256 --width full --json")

    @Option(help: "Threads of the pool.")
    var threads = 2
    @Option(help: "Side of the picture, a multiple of 32.")
    var size = 256
    @Option(help: "Streams, each with a source of its own, whose frames are drawn in turn as the daemon's engine does.")
    var streams = 1
    @Option(help: "Width of the networks: full or demo.")
    var width = BenchWidth.full
    @Option(help: "Frames of each stream that are timed.")
    var frames = 9
    @Option(help: "Frames of one stream that are drawn together.")
    var batch = 1
    @Option(help: "Widest vectors, in floats: 8 or 16.")
    var lanes = 16
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func run() throws {
        var bench = try Bench(width: width, size: size, threads: threads, lanes: lanes, streams: streams)
        try bench.check()
        // One call each: the frames of `batch` moments of every stream. The first two are not timed.
        let calls = try (0..<(frames + 2)).map { _ in
            try (0..<streams).flatMap { stream in try (0..<batch).map { _ in try bench.next(stream) } }
        }
        for call in calls.prefix(2) { _ = try bench.model.draw(call) }
        let processor = ProcessorTime()
        let drawn = Double(streams * batch)
        let result = median(
            try calls.dropFirst(2).map { call in try seconds { _ = try bench.model.draw(call) } / drawn })
        let spent = processor.seconds / (Double(frames) * drawn)
        let peak = MatrixPeak.measure(pool: bench.model.pool, upTo: lanes)
        let products = width == .full ? 8.3e9 * Double(size * size) / 65536 : nil
        var row: [String: Any] = [
            "seconds": result, "processor_seconds": spent,
            "threads": threads, "size": size, "streams": streams, "width": width.rawValue,
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
