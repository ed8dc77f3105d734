import AnimoCLI
import AnimoMotion
import AnimoWire

/// The poses of a sheet: rows and columns, each with its label.
struct PoseGrid: Sendable {
    /// One cell: a pose and what is set on it.
    struct Cell: Sendable, Equatable {
        var base: Wire.Pose?
        var set: [Wire.NamedValue] = []
    }

    let title: String
    let columnLabels: [String]
    let rowLabels: [String]
    /// Row by row.
    let poses: [Cell]

    /// One channel across, or one down and one across.
    init(_ varied: [Variation], base: Wire.Pose?) {
        let columns = varied.last
        self.init(
            title: varied.map(Self.words).joined(separator: " × "), rows: varied.count == 2 ? varied[0] : nil,
            columns: columns?.values.map { value in
                (Self.label(columns, value), Cell(base: base, set: Self.setting(columns, value)))
            } ?? [])
    }

    /// From one pose to another across, and perhaps one channel down.
    ///
    /// - Throws: `Failure` 65 for a name that is no channel's.
    init(from: Wire.Pose?, to: Wire.Pose, steps: Int, rows: Variation?, channels: [String]) throws {
        let first = try Self.numbers(from ?? Wire.Pose(), channels)
        let last = try Self.numbers(to, channels)
        let columns = (0..<steps).map { step in
            let share = steps > 1 ? Float(step) / Float(steps - 1) : 1
            let values = zip(first, last).map { $0 + ($1 - $0) * share }
            return (Quantity.fixed(Double(share) * 100, 0) + " %", Cell(base: Wire.Pose(values: values)))
        }
        let title = "from one pose to another" + (rows.map { " × " + Self.words($0) } ?? "")
        self.init(title: title, rows: rows, columns: columns)
    }

    private init(title: String, rows: Variation?, columns: [(label: String, cell: Cell)]) {
        self.title = title
        columnLabels = columns.map(\.label)
        rowLabels = rows?.values.map { Self.label(rows, $0) } ?? [""]
        poses = (rows?.values.map { Self.setting(rows, $0) } ?? [[]]).flatMap { set in
            columns.map { Cell(base: $0.cell.base, set: set + $0.cell.set) }
        }
    }

    /// All 20, whichever way they were given.
    private static func numbers(_ pose: Wire.Pose, _ channels: [String]) throws -> [Float] {
        if !pose.values.isEmpty { return pose.values }
        let mapping = PoseMapping(channels: channels, basis: nil)
        return try mapping.pose(setting: pose.channels.map { ($0.name, $0.value) }).values
    }

    private static func words(_ varied: Variation) -> String {
        "\(varied.name) \(Quantity.plain(varied.from)) … \(Quantity.plain(varied.to))"
    }

    private static func label(_ varied: Variation?, _ value: Double) -> String {
        "\(varied?.name ?? "") \(Quantity.plain(value))"
    }

    private static func setting(_ varied: Variation?, _ value: Double) -> [Wire.NamedValue] {
        varied.map { [Wire.NamedValue(name: $0.name, value: value)] } ?? []
    }
}
