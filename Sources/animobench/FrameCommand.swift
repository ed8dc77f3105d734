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
    @Option(help: "Streams that draw at the same time.")
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
        var bench = try Bench(width: width, size: size, threads: threads, lanes: lanes)
        try bench.check()
        let requests = try (0..<((frames + 2) * batch)).map { _ in try bench.next() }
        for start in [0, batch] { _ = try bench.model.draw(Array(requests[start..<(start + batch)])) }
        let timed = Array(requests.dropFirst(2 * batch))
        let processor = ProcessorTime()
        let result: Double
        if streams == 1 {
            result =
                median(
                    try (0..<frames).map { frame in
                        try seconds {
                            _ = try bench.model.draw(Array(timed[(frame * batch)..<((frame + 1) * batch)]))
                        }
                    }) / Double(batch)
        } else {
            let model = bench.model
            result =
                seconds {
                    DispatchQueue.concurrentPerform(iterations: streams) { _ in
                        for request in timed { _ = try? model.draw([request]) }
                    }
                } / Double(timed.count * streams)
        }
        let spent = processor.seconds / Double(timed.count * streams)
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
