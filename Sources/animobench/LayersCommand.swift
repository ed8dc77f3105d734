import AnimoCLI
import AnimoCompute
import ArgumentParser
import Foundation

struct LayersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layers", abstract: "Time and rate of every convolution of a frame.",
        usage: "animobench layers [--family <family>] [--threads <n>] [<options>]",
        discussion: "Example: animobench layers --family pirenderer --threads 1 --size 256")

    @OptionGroup var options: BenchOptions
    @Option(help: "Threads of the pool.")
    var threads = 1
    @Option(help: "Frames; the fastest counts, layer by layer.")
    var frames = 7
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func validate() throws {
        try require("--threads", threads, upTo: 256)
        try require("--frames", frames, upTo: 100_000)
    }

    func run() throws {
        var bench = try Bench(options, threads: threads)
        let peak = MatrixPeak.measure(pool: bench.pool, upTo: options.lanes)
        try bench.render([bench.next()])
        let wholes = try (0..<frames).map { _ in
            let frame = bench.next()
            let watch = Stopwatch(bench.pool)
            try bench.render([frame])
            return watch.seconds
        }
        let profiles = try (0..<frames).map { _ in
            let frame = bench.next()
            return try bench.model.profile { try bench.render([frame]) }
        }
        var rest = wholes.min() ?? 0
        var rows: [[String: Any]] = []
        for layer in profiles[0].indices {
            let time = profiles.map { $0[layer].seconds }.min() ?? 0
            let first = profiles[0][layer]
            let operations = 2 * Double(first.multiplyAdds)
            rest -= time
            rows.append([
                "layer": first.layer, "method": first.method, "milliseconds": time * 1e3,
                "gflops": operations / time / 1e9, "share_of_peak": operations / time / peak,
            ])
        }
        let whole: [String: Any] = [
            "layers": rows, "seconds": (wholes.min() ?? 0), "other_seconds": rest, "peak_gflops": peak / 1e9,
            "family": options.family.rawValue, "threads": threads, "size": options.size,
            "width": options.width.rawValue,
        ]
        let data = try JSONSerialization.data(withJSONObject: whole, options: [.sortedKeys])
        let text = String(decoding: data, as: UTF8.self)
        if try comparison.print(text, measures: ["milliseconds", "seconds", "other_seconds"]) { return }
        if json { return print(text) }
        print("      ms   GFLOP/s  of peak  method        layer")
        for row in rows {
            guard let time = row["milliseconds"] as? Double, let rate = row["gflops"] as? Double,
                let share = row["share_of_peak"] as? Double, let method = row["method"] as? String,
                let layer = row["layer"] as? String
            else { continue }
            print(
                String(format: "%8.3f  %8.1f  %6.1f%%  ", time, rate, share * 100)
                    + method.padding(toLength: 14, withPad: " ", startingAt: 0) + layer)
        }
        print(String(format: "%8.3f  everything else", rest * 1e3))
        print(
            String(
                format: "%8.3f  a frame; peak %.0f GFLOP/s on %d threads", (wholes.min() ?? 0) * 1e3, peak / 1e9,
                threads))
    }
}
