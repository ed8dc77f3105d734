import AnimoCheckpoint
import AnimoCompute
import AnimoModel
import AnimoMotion
import ArgumentParser
import Foundation

struct TrackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "track", abstract: "Milliseconds of each stage of reading a head.",
        usage: "animobench track --model <file> [--threads <n>] [<options>]",
        discussion: """
            Example: animobench track --model face.safetensors --threads 1 --size 640x480

            Every stage runs on noise, since time does not depend on what is seen: sampling and
            network of the detector, of the mesh (a look) and of the blend shapes, and the geometry
            behind them. A tracked frame is a look, the blend shapes and the geometry.
            """)

    @Option(help: "Model file with a part face.")
    var model: String
    @Option(help: "Threads of the pool.")
    var threads = 1
    @Option(help: "Size of the picture.")
    var size = "640x480"
    @Option(help: "Times each stage is run; the median counts.")
    var times = 200
    @Option(help: "Widest vectors, in floats: 8 or 16.")
    var lanes = 16
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func validate() throws {
        try require("--threads", threads, upTo: 256)
        try require("--times", times, upTo: 100_000)
        guard lanes == 8 || lanes == 16 else { throw ValidationError("--lanes: expected 8 or 16, got \(lanes)") }
        guard sides != nil else { throw ValidationError("--size: expected WIDTHxHEIGHT, at most 8192, got \(size)") }
    }

    private var sides: (width: Int, height: Int)? {
        let parts = size.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (16...8192).contains($0) }) else { return nil }
        return (parts[0], parts[1])
    }

    func run() throws {
        guard let sides else { return }
        let arrays = try Safetensors.read(FileBytes(reading: model)).arrays
        let tracker = try HeadTracker(arrays, pool: WorkerPool(threads: threads), lanes: lanes)
        for stage in try tracker.verify(against: arrays) where !stage.passed { throw BenchError.wrong(stage) }
        var random = SplitMix64(state: 5)
        let bytes = (0..<(sides.width * sides.height * 3)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let picture = try RGBPicture(bytes, width: sides.width, height: sides.height)
        var row: [String: Any] = [
            "threads": threads, "width": sides.width, "height": sides.height,
            "lanes": min(lanes, Processor.widths.last ?? 0),
        ]
        for stage in TrackingStage.allCases {
            for _ in 0..<3 { tracker.run(stage, picture) }
            row["\(stage.rawValue)_ms"] =
                median((0..<times).map { _ in seconds { tracker.run(stage, picture) } }) * 1000
        }
        row["resident_bytes"] = residentBytes()
        let data = try JSONSerialization.data(withJSONObject: row, options: [.sortedKeys])
        let text = String(decoding: data, as: UTF8.self)
        if try comparison.print(text, measures: ["tracked_ms"]) { return }
        if json {
            print(text)
        } else {
            for (name, value) in row.sorted(by: { $0.key < $1.key }) { print("\(name)\t\(value)") }
        }
    }
}
