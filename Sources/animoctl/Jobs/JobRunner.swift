import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJSON
import AnimoJobs
import AnimoWire

/// Performs a job item by item: reads, renders and joins. Finished work is kept.
final class JobRunner {
    private let inputs: JobInputs
    private let daemon: Daemon
    private let folder: JobFolder
    private let plan: JobPlan
    private let drivers: [String: DriverPlan]
    private let progress: JobProgress
    private let settings: ControlSettings
    /// Request to stop before the last item.
    let stop: JobStop
    private var state: JobState

    private var run: Run { inputs.run }

    init(
        _ inputs: JobInputs, _ daemon: Daemon, _ folder: JobFolder, _ plan: JobPlan, _ drivers: [String: DriverPlan],
        _ progress: JobProgress, _ settings: ControlSettings, _ state: JobState
    ) {
        (self.inputs, self.daemon, self.folder, self.plan) = (inputs, daemon, folder, plan)
        (self.drivers, self.progress, self.settings, self.state) = (drivers, progress, settings, state)
        stop = JobStop(progress)
    }

    /// - Parameters:
    ///   - rendering: options of every picture.
    ///   - unreadable: drivers that cannot be read, and why.
    func perform(_ rendering: Wire.DrawOptions, _ unreadable: [String: Failure]) async throws {
        do {
            try folder.save(state)
            var failures: [Failure] = []
            for index in state.items.indices where state.items[index].stage != .done {
                do {
                    if let failure = unreadable[plan.items[index].driver.path] { throw failure }
                    if let damage = try await perform(index, rendering) {
                        failures.append(Failure(.badData, damage))
                        settle(index, .done, damage, .badData)
                    } else {
                        settle(index, .done)
                    }
                } catch let error where !(error is CancellationError) && !Task.isCancelled {
                    let failure = Failure(any: error) ?? Failure(.software, "\(error)")
                    settle(index, .failed, failure.message, failure.status)
                    failures.append(failure)
                    Terminal.note("animoctl: \(plan.items[index].output): \(failure.message)")
                    if let hint = failure.hint { Terminal.note("hint: " + hint) }
                    // The daemon is not there for the next one either.
                    let isOver = [.unavailable, .cannotWrite, .noPermission].contains(failure.status)
                    try folder.save(state)
                    if run.onError == .stopOnError || isOver { break }
                }
                try folder.save(state)
            }
            ProgressLine.shared.clear()
            try conclude(failures)
        } catch let error where error is CancellationError || Task.isCancelled {
            ProgressLine.shared.clear()
            try? folder.save(state)
            throw Failure(
                .interrupted, "interrupted; what is done is kept in '\(folder.path)'",
                hint: "animoctl run --resume \(JobReport.quoted(folder.path))")
        }
    }

    private func settle(_ index: Int, _ stage: JobState.Stage, _ message: String? = nil, _ status: ExitStatus? = nil) {
        state.items[index].stage = stage
        state.items[index].message = message
        state.items[index].code = status.map { Int($0.rawValue) }
        let item = state.items[index]
        progress.tell(
            "item_done",
            [
                "item": .integer(index + 1), "output": .string(item.output), "state": .string(stage.rawValue),
                "frames": item.frames.map { .integer($0) } ?? .null, "code": item.code.map { .integer($0) } ?? .null,
                "message": message.map { .string($0) } ?? .null,
            ])
    }

    private func conclude(_ failures: [Failure]) throws {
        let count = state.items.count
        let done = state.items.count { $0.stage == .done }
        let partial = state.items.count { $0.stage == .done && $0.message != nil }
        progress.tell(
            "summary",
            [
                "items": .integer(count), "done": .integer(done), "partial": .integer(partial),
                "failed": .integer(count - done), "job": done == count ? .null : .string(folder.path),
            ])
        let words =
            "\(done) of \(Quantity.count(count, "item")) done" + (partial > 0 ? ", \(partial) of them in part" : "")
        guard let first = failures.first else {
            folder.remove()
            if count > 1 { Terminal.note(words) }
            return
        }
        let isWhole = done == count
        if isWhole { folder.remove() }
        if count > 1 {
            for item in state.items where item.message != nil {
                Terminal.note("  \(item.output): \(item.message ?? "")")
            }
        }
        let status = failures.allSatisfy { $0.status == first.status } ? first.status : .badData
        throw Failure(
            status, count == 1 ? (isWhole ? first.message : "the job is not done") : words,
            hint: isWhole ? nil : "animoctl run --resume \(JobReport.quoted(folder.path))")
    }

    /// Frames that other items still take, for the estimated time.
    private func waiting(after index: Int, rendering: Int) -> [JobProgress.Stage: Int] {
        var waiting: [JobProgress.Stage: Int] = [.rendering: rendering]
        var read = Set(state.readings.keys)
        for later in state.items.indices where later > index && state.items[later].stage != .done {
            guard let driver = drivers[plan.items[later].driver.path] else { continue }
            waiting[.rendering, default: 0] += driver.expected ?? 0
            if read.insert(inputs.readingDigest(state.items[later], driver)).inserted {
                waiting[.reading, default: 0] += driver.expected ?? 0
            }
        }
        return waiting
    }

    /// Performs one item, from its partial output.
    ///
    /// - Returns: the reason why it is incomplete; nil where it is complete.
    private func perform(_ index: Int, _ rendering: Wire.DrawOptions) async throws -> String? {
        let item = plan.items[index]
        guard let driver = drivers[item.driver.path] else { throw Failure(.software, "the driver was not looked at") }
        progress.tell(
            "item_started",
            [
                "item": .integer(index + 1), "source": .string(item.source), "driving": .string(item.driver.path),
                "output": .string(item.output),
            ])
        // The source first: without a head in it, nothing needs to be read.
        let bytes = try await runBlocking { try InputFile.read(item.source, as: "--source") }
        let source = try run.source.wire(bytes, for: inputs.model, pasted: rendering.pasteBack)
        let held = try await daemon.client.hold(
            Wire.PutSourceRequest(model: inputs.model.name, source: source), timeout: daemon.timeout)
        let sound = try await inputs.sound(driver, item.kind)

        let digest = inputs.readingDigest(state.items[index], driver)
        let reading = try await read(index, driver, digest)
        state.items[index].frames = reading.frames
        guard reading.missing == 0 || run.onNoHead != .fail else {
            throw Failure(.badData, "\(Quantity.count(reading.missing, "frame")) of the driver without a head")
        }
        state.items[index].stage = .rendering
        try folder.save(state)
        try await ItemRendering(
            inputs: inputs, settings: settings, daemon: daemon, folder: folder, item: item, index: index,
            driver: driver, held: held, model: state.model, threads: state.threads, progress: progress, stop: stop
        ).perform(
            reading.frames, journal: folder.journal(digest), sound: sound, rendering,
            waiting: waiting(after: index, rendering: 0))
        return reading.damage.map { "in part: \($0)" }
    }

    private func read(_ index: Int, _ driver: DriverPlan, _ digest: String) async throws -> JobState.Reading {
        if let known = state.readings[digest], DurableFile.exists(folder.journal(digest)) { return known }
        state.items[index].stage = .reading
        try folder.save(state)
        let item = ItemReading(
            inputs: inputs, daemon: daemon, folder: folder, plan: plan, driver: driver, digest: digest,
            progress: progress)
        let reading = try await item.perform(
            for: index, waiting: waiting(after: index, rendering: driver.expected ?? 0))
        try await checkModel()
        state.readings[digest] = reading
        try folder.save(state)
        try item.keepMotion()
        return reading
    }

    /// A daemon that was started anew may serve another model.
    private func checkModel() async throws {
        let reply = try await daemon.client.describe(model: run.models.model, timeout: daemon.timeout)
        let wanted = run.models.model.isEmpty ? reply.defaultModel : run.models.model
        let model = reply.models.first { $0.name == wanted } ?? reply.models.first
        guard Quantity.hexadecimal(model?.digest ?? []) == state.model else {
            throw Failure(
                .badData, "the daemon serves another model than the one that the job began with",
                hint: "begin anew with --force")
        }
    }
}
