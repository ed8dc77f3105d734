import AnimoClient
import AnimoConcurrency
import AnimoJobs
import AnimoWire

/// Reads one driver of a job into the job's folder, where other items find it.
struct ItemReading: Sendable {
    let inputs: JobInputs
    let daemon: Daemon
    let folder: JobFolder
    let plan: JobPlan
    let driver: DriverPlan
    /// Key that tells it from other readings.
    let digest: String
    let progress: JobProgress

    private var run: Run { inputs.run }

    /// Reads on from where its journal ends.
    ///
    /// - Parameters:
    ///   - item: the item, from 0, that it is read for.
    ///   - waiting: frames that other items still take.
    func perform(for item: Int, waiting: [JobProgress.Stage: Int]) async throws -> JobState.Reading {
        let domain = try inputs.drivingDomain(driver.input)
        let header = DriverReading.header(driver, inputs.motion, domain: domain)
        let journal = folder.journal(digest)
        let lines = try await runBlocking { try MotionJournal(journal, header: header) }
        progress.begin(
            .reading, item: item + 1, label: plan.items[item].label, done: lines.frames, total: driver.expected,
            waiting: waiting)
        let reading = DriverReading(
            plan: driver, motion: inputs.motion, model: inputs.model, daemon: daemon,
            framing: try inputs.framing(driver.input), mapping: run.mapping.wire, together: run.jobs,
            tools: inputs.tools, progress: progress)
        return try await reading.run(into: lines)
    }

    /// `--motion-out`
    func keepMotion() throws {
        guard let output = run.motionOut else { return }
        var file = output
        if Set(plan.items.map(\.driver.path)).count > 1 || DurableFile.isFolder(output) {
            try DurableFile.makeFolder(output)
            let pairs = Set(plan.items.map(\.driver.path)).sorted().map { ItemNames.Pair(source: "", driving: $0) }
            let names = ItemNames.names(of: pairs, ending: ".jsonl")
            let index = pairs.firstIndex { $0.driving == driver.input.path } ?? 0
            file = output + "/" + (pairs.count == 1 ? "motion.jsonl" : names[index])
        }
        try DurableFile.write(try InputFile.read(folder.journal(digest), as: "the motion"), to: file)
    }
}
