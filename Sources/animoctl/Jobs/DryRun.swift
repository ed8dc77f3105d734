import AnimoCLI
import AnimoJSON
import AnimoJobs

/// `--dry-run`: what a job would do.
struct DryRun: Sendable {
    let plan: JobPlan
    let drivers: [String: DriverPlan]
    let unreadable: [String: Failure]
    let inputs: JobInputs
    let daemon: Daemon

    /// Seconds that a frame takes to render at the native size of 256, on one core, where nothing was measured.
    private static let guess = 0.05

    func print() async throws {
        let seconds = await frameSeconds()
        var total = 0
        var read: Set<String> = []
        var rows: [(item: JobPlan.Item, driver: DriverPlan?, failure: Failure?)] = []
        for item in plan.items {
            let driver = drivers[item.driver.path]
            total += driver?.expected ?? 0
            if read.insert(item.driver.path).inserted, item.driver.hasPictures { total += (driver?.expected ?? 0) / 4 }
            rows.append((item, driver, unreadable[item.driver.path]))
        }
        let estimate = Double(total) * seconds
        if inputs.run.json {
            var object = JSONObject()
            object["items"] = .array(rows.map { json($0.item, $0.driver, $0.failure) })
            object["skipped"] = .array(plan.skipped.map { .string($0) })
            object["estimated_seconds"] = .measured(estimate, digits: 0)
            try Terminal.print(JSONValue.object(object).text + "\n")
        } else {
            var table = Table(
                .left("source"), .left("driver"), .left("output"), .right("rate"), .right("frames"), .left(""))
            for row in rows {
                table.add(
                    row.item.source, row.item.driver.path, row.item.output, row.driver?.rate.words ?? "",
                    row.driver?.expected.map(JobProgress.grouped) ?? "?", row.failure?.message ?? "")
            }
            var text = table.render()
            for driver in drivers.values.sorted(by: { $0.input.path < $1.input.path }) {
                for note in driver.notes { text += note + "\n" }
            }
            if !plan.skipped.isEmpty { text += "skipped: \(plan.skipped.joined(separator: ", "))\n" }
            try Terminal.print(text + "\nabout \(Quantity.seconds(estimate)); nothing was made\n")
        }
        if let failure = unreadable.values.first { throw Failure(failure.status, "not every item can be done") }
    }

    /// Estimate by the daemon's last batches, where its status may be read.
    private func frameSeconds() async -> Double {
        guard let status = try? await daemon.client.status(timeout: daemon.timeout), status.computeP50Ms > 0 else {
            return Self.guess
        }
        let sizes = status.batches.compactMap { batch in Double(batch.name).map { ($0, Double(batch.value)) } }
        let (frames, batches) = (sizes.reduce(0) { $0 + $1.0 * $1.1 }, sizes.reduce(0) { $0 + $1.1 })
        return status.computeP50Ms / 1000 / (frames > 0 && batches > 0 ? frames / batches : 1)
    }

    private func json(_ item: JobPlan.Item, _ driver: DriverPlan?, _ failure: Failure?) -> JSONValue {
        var object = JSONObject()
        object["source"] = .string(item.source)
        object["driving"] = .string(item.driver.path)
        object["output"] = .string(item.output)
        object["format"] = .string(item.kind.rawValue)
        object["rate"] = driver.map { .string($0.rate.description) } ?? .null
        object["frames"] = driver?.expected.map { .integer($0) } ?? .null
        object["message"] = failure.map { .string($0.message) }
        return .object(object)
    }
}
