import AnimoCheckpoint
import AnimoWire

/// What `bench` measured.
struct BenchReport: Sendable {
    struct Level: Sendable {
        let sessions: Int
        let picturesPerSecond: Double
        let delays: Percentiles
        let compute: Percentiles
        let meanBatch: Double
    }

    static let rates = [10, 15, 25]

    let frames: Int
    let window: Int
    var model: Wire.ModelDescription?
    var source: Wire.PreparedSource?
    private(set) var levels: [Level] = []

    init(frames: Int, window: Int) { (self.frames, self.window) = (frames, window) }

    mutating func add(sessions: Int, _ runs: [SessionRun]) {
        let results = runs.flatMap(\.results)
        let seconds = runs.map(\.seconds).max() ?? 0
        levels.append(
            Level(
                sessions: sessions, picturesPerSecond: seconds > 0 ? Double(results.count) / seconds : 0,
                delays: Percentiles(runs.flatMap(\.delays)),
                compute: Percentiles(results.map { Double($0.times?.compute ?? 0) / 1e6 }),
                meanBatch: results.isEmpty
                    ? 0 : results.reduce(0) { $0 + Double($1.batchSize) } / Double(results.count)))
    }

    private var most: Double { levels.map(\.picturesPerSecond).max() ?? 0 }

    /// How many sessions at `rate` pictures a second the measured throughput carries.
    func fitting(rate: Int) -> Int { Int(most / Double(rate)) }

    var text: String {
        let size = source.map { "\($0.width)×\($0.height), flow at \($0.flowWidth)×\($0.flowHeight)" } ?? ""
        var table = Table(
            .right("sessions"), .right("pictures/s"), .right("each"), .right("delay p50"), .right("p90"),
            .right("p99"), .right("compute p50"), .right("batch"))
        for level in levels {
            table.add(
                "\(level.sessions)", Quantity.fixed(level.picturesPerSecond, 1),
                Quantity.fixed(level.picturesPerSecond / Double(level.sessions), 1),
                Quantity.seconds(level.delays[0.5]), Quantity.seconds(level.delays[0.9]),
                Quantity.seconds(level.delays[0.99]), Quantity.seconds(level.compute[0.5]),
                Quantity.fixed(level.meanBatch, 1))
        }
        let fits = Self.rates.map { "\(fitting(rate: $0)) at \($0) a second" }.joined(separator: ", ")
        return Table.facts([
            ("model", model?.name ?? ""), ("head", (source?.domain.word ?? "") + ", " + size),
            ("each session", "\(frames) frames, \(window) under way, JPEG"),
        ]) + "\n" + table.render() + "\nsessions that fit: \(fits)\n"
    }

    var json: JSONValue {
        var object = JSONObject()
        object["model"] = .string(model?.name ?? "")
        object["model_digest"] = .string(Quantity.hexadecimal(model?.digest ?? []))
        object["domain"] = .string(source?.domain.word ?? "")
        object["width"] = .count(source?.width ?? 0)
        object["height"] = .count(source?.height ?? 0)
        object["flow_width"] = .count(source?.flowWidth ?? 0)
        object["flow_height"] = .count(source?.flowHeight ?? 0)
        object["frames"] = .count(frames)
        object["window"] = .count(window)
        object["runs"] = .array(
            levels.map { level in
                .object([
                    "sessions": .count(level.sessions), "pictures_per_second": .measured(level.picturesPerSecond),
                    "delay_p50_ms": .measured(level.delays[0.5] * 1000),
                    "delay_p90_ms": .measured(level.delays[0.9] * 1000),
                    "delay_p99_ms": .measured(level.delays[0.99] * 1000),
                    "compute_p50_ms": .measured(level.compute[0.5] * 1000),
                    "mean_batch": .measured(level.meanBatch),
                ])
            })
        var fits = JSONObject()
        for rate in Self.rates { fits["\(rate)"] = .count(fitting(rate: rate)) }
        object["sessions_at_fps"] = .object(fits)
        return .object(object)
    }
}
