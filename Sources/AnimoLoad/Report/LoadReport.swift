import AnimoWire
import Foundation

/// Measurements of one daemon, as a table and as JSON.
package struct LoadReport: Sendable {
    /// The model measured.
    package var model: Wire.ModelDescription
    /// The source as the daemon prepared it.
    package var source = Wire.PreparedSource()
    /// Kind of drivers: "poses" or "jpeg".
    package var input: String
    /// Frames of each session.
    package var frames: Int
    /// Frames in flight in each session.
    package var window: Int
    /// One run for each number of sessions.
    package var runs: [LoadSummary] = []
    /// Sessions that fit, by rate.
    package var capacities: [Capacity] = []
    /// The daemon's memory over many frames, where that was asked for.
    package var memory: ResidentMemory?
    /// The machine's load averages when the measurement began and when it ended.
    package var loadAverages: [Double] = []

    /// Creates an empty report of a plan.
    package init(model: Wire.ModelDescription, plan: LoadPlan, input: String) {
        self.model = model
        self.input = input
        frames = plan.frames
        window = Int(plan.window)
    }

    /// The report as tables.
    package var text: String {
        let domain = source.domain == .vox ? "vox" : "anime"
        var lines = [
            "model         \(model.name), \(domain) \(source.width)×\(source.height), "
                + "flow at \(source.flowWidth)×\(source.flowHeight)",
            "each session  \(frames) frames, \(window) in flight, \(input) in, JPEG out",
            "load average  " + loadAverages.map { $0.fixed(1) }.joined(separator: " → "),
        ].joined(separator: "\n")
        lines += "\n"
        if !runs.isEmpty {
            lines += "\ndelays in ms\n" + delays.render()
            lines += "\nmedian ms of each stage\n" + stages.render()
        }
        for run in runs { if let problem = run.problem { lines += "not rendered: \(problem)\n" } }
        if !capacities.isEmpty {
            lines += "\nsessions that fit (99 % rendered, p99 under 2 intervals): "
            lines += capacities.map {
                "\($0.sessions == Capacity.limit ? "at least " : "")\($0.sessions) at \($0.framesPerSecond.plain) fps"
            }.joined(separator: ", ")
            lines += "\n"
        }
        if let memory {
            lines += "\nresident memory: \(memory.before.mebibytes) MiB, after \(memory.frames) frames "
            lines += "\(memory.after.mebibytes) MiB; slope \(memory.slope.fixed(1)) bytes a frame\n"
        }
        return lines
    }

    /// Delays as clients see them, in the width of a terminal.
    private var delays: TextTable {
        var table = TextTable([
            "sessions", "fps", "asked", "ok", "dropped", "held", "pict/s", "p50", "p90", "p99", "max",
        ])
        for run in runs {
            let counts = [run.asked, run.rendered, run.dropped, run.heldBack].map(String.init)
            let delays = [run.delay[0.5], run.delay[0.9], run.delay[0.99], run.delay.largest].map(\.milliseconds)
            table.add(named(run) + counts + [run.picturesPerSecond.fixed(1)] + delays)
        }
        return table
    }

    /// Median time of each stage.
    private var stages: TextTable {
        var table = TextTable([
            "sessions", "fps", "queue", "compute", "decode", "encode", "wire", "overhead", "batch", "cpu/pict",
        ])
        for run in runs {
            let stages = [
                run.queue[0.5], run.compute[0.5], run.decode[0.5], run.encode[0.5], run.wire[0.5], run.overhead[0.5],
            ].map(\.milliseconds)
            table.add(
                named(run) + stages + [run.meanBatch.fixed(2), run.daemonMilliseconds?.fixed(1) ?? ""])
        }
        return table
    }

    private func named(_ run: LoadSummary) -> [String] { ["\(run.sessions)", run.rate.map(\.plain) ?? "most"] }

    /// The report as JSON.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return (try? encoder.encode(LoadDocument(self))).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }

    /// The load average of the last minute; nil where the system does not say.
    package static var loadAverage: Double? {
        var averages = [0.0]
        return getloadavg(&averages, 1) == 1 ? averages[0] : nil
    }
}

extension Double {
    /// Without digits it does not need.
    var plain: String { Int(exactly: self).map(String.init) ?? fixed(2) }
}

extension Int {
    fileprivate var mebibytes: String { (Double(self) / 1_048_576).fixed(1) }
}
