import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoFiles
import AnimoJSON
import AnimoJobs
import AnimoMotion
import AnimoWire
import Foundation

/// Runs a job: looks at everything first, then item by item reads, draws and joins. What is done stays done.
final class JobRunner {
    private let inputs: JobInputs
    private let daemon: Daemon
    private let folder: JobFolder
    private let plan: JobPlan
    private let drivers: [String: DriverPlan]
    private let progress: JobProgress
    private let settings: ControlSettings
    private var state: JobState

    private var run: Run { inputs.run }

    private init(
        _ inputs: JobInputs, _ daemon: Daemon, _ folder: JobFolder, _ plan: JobPlan, _ drivers: [String: DriverPlan],
        _ progress: JobProgress, _ settings: ControlSettings, _ state: JobState
    ) {
        (self.inputs, self.daemon, self.folder, self.plan) = (inputs, daemon, folder, plan)
        (self.drivers, self.progress, self.settings, self.state) = (drivers, progress, settings, state)
    }

    // MARK: Beginning

    /// Goes on with a job as its command was given, from the folder it was given in; the daemon may be another one.
    static func resume(_ path: String, by resuming: Run) async throws {
        guard let state = try JobFolder.state(of: path) else {
            throw Failure(.notFound, "--resume: '\(path)' is no folder of a job")
        }
        let folder = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        guard state.folder.withPathBytes({ chdir($0) }) == 0 else {
            throw Failure(
                .notFound, "--resume: the job's folder '\(state.folder)': \(String(cString: strerror(errno)))")
        }
        var run = try Run.parse(state.command)
        if resuming.connection.connect != nil { run.connection = resuming.connection }
        run.force = resuming.force
        run.json = resuming.json
        run.wait = resuming.wait
        try await begin(run, at: folder, resuming: state, command: state.command)
    }

    static func start(_ run: Run) async throws {
        let command = Array(ProgramArguments.all.drop { $0 != "run" }.dropFirst())
        try await begin(run, at: nil, resuming: nil, command: command)
    }

    private static func begin(
        _ run: Run, at place: String?, resuming: JobState?, command: [String]
    ) async throws {
        let plan = try JobPlan(run)
        let tools = try await tools(for: plan)
        let drawing = try run.drawing()
        let settings = try run.settings()
        try await Daemon.with(run.connection) { first in
            let model = try await first.model(named: run.models.model)
            let version = try await first.client.describe(model: run.models.model, timeout: first.timeout).serverVersion
            let hasAlpha = model.description.alpha || model.description.flow
            if let item = plan.items.first, run.alpha, !hasAlpha {
                throw Failure(.badData, "--alpha: this model draws none, for '\(item.output)'")
            }
            let daemon = try await patient(run)
            try await daemon.closing {
                let inputs = JobInputs(
                    run: run, model: model, motion: try await ModelMotion(model, daemon), tools: tools)
                var drivers: [String: DriverPlan] = [:]
                var unreadable: [String: Failure] = [:]
                for item in plan.items where drivers[item.driver.path] == nil && unreadable[item.driver.path] == nil {
                    do {
                        _ = try inputs.drivingDomain(item.driver)
                        drivers[item.driver.path] = try await inputs.driver(item.driver)
                    } catch let error where !(error is CancellationError) {
                        let failure = Failure(any: error) ?? Failure(.software, "\(error)")
                        if failure.status == .usage || plan.items.count == 1 { throw failure }
                        unreadable[item.driver.path] = failure
                    }
                }
                let progress = JobProgress(items: plan.items.count, json: run.json)
                if run.dryRun {
                    try await DryRun(
                        plan: plan, drivers: drivers, unreadable: unreadable, inputs: inputs, daemon: daemon
                    ).print()
                    return
                }
                if !plan.skipped.isEmpty {
                    progress.warn("skipped: \(plan.skipped.joined(separator: ", "))")
                }
                for driver in drivers.values.sorted(by: { $0.input.path < $1.input.path }) {
                    for note in driver.notes { progress.warn(note) }
                }
                let path = place ?? absolute(JobFolder.path(for: run.output ?? "", isFolder: plan.isFolder))
                let state = try await initialState(
                    run, plan, path, resuming, command, model: model, daemon: version, tools)
                let folder = try JobFolder(path, makes: true)
                let runner = JobRunner(inputs, daemon, folder, plan, drivers, progress, settings, state)
                try await runner.perform(drawing, unreadable)
            }
        }
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// ffmpeg, where something needs it: looked for before anything else.
    private static func tools(for plan: JobPlan) async throws -> FFmpegTools? {
        let needs = plan.items.contains { item in
            if case .video = item.driver { true } else { !item.kind.isPictures }
        }
        return needs ? try await FFmpegTools.find() : nil
    }

    /// A client that waits for a daemon that has gone.
    private static func patient(_ run: Run) async throws -> Daemon {
        var retry = RetryPolicy()
        retry.tries = max(4, Int(run.wait) + 8)
        let wait = max(Duration.seconds(run.wait), run.connection.timeoutDuration ?? .seconds(10))
        let client = try await AnimoClient.connect(
            to: try run.connection.address(), retry: retry, credentials: try run.connection.credentials())
        return Daemon(client: client, timeout: wait)
    }

    /// The state that the job begins or goes on with.
    ///
    /// - Throws: `Failure` 73 where an output is there already, 65 where an input is not what it was.
    private static func initialState(
        _ run: Run, _ plan: JobPlan, _ path: String, _ resuming: JobState?, _ command: [String], model: ServedModel,
        daemon: String, _ tools: FFmpegTools?
    ) async throws -> JobState {
        var digests: [String: String] = [:]
        func digest(_ file: String) async throws -> String {
            if let known = digests[file] { return known }
            let digest = try await runBlocking { try FileDigest.of(file) }
            digests[file] = digest
            return digest
        }
        var items: [JobState.Item] = []
        for item in plan.items {
            func known(_ file: String) async throws -> String {
                do { return try await digest(file) } catch let error as JobError where plan.items.count > 1 {
                    return "unreadable: \(error.message)"
                }
            }
            items.append(
                JobState.Item(
                    source: item.source, driving: item.driver.path, output: item.output,
                    sourceDigest: try await known(item.source), drivingDigest: try await known(item.driver.path)))
        }
        var files: [String] = []
        for case let file? in [run.control.fixed, run.source.landmarks] { files.append(try await digest(file)) }
        if case .file(let file)? = run.ground.background { files.append(try await digest(file)) }
        if case .file(let file) = run.audio { files.append(try await digest(file)) }
        var options = command
        for transient in ["--force", "--json", "--keep-going", "--stop-on-error"] {
            options.removeAll { $0 == transient }
        }
        var fresh = JobState(
            command: command, folder: FileManager.default.currentDirectoryPath,
            model: Quantity.hexadecimal(model.description.digest), daemon: daemon,
            ffmpeg: tools.map(\.version.description) ?? "", settings: FileDigest.of(texts: options + ["--"] + files),
            threads: min(4, ProcessInfo.processInfo.activeProcessorCount), items: items)
        let known = try resuming ?? JobFolder.state(of: path)
        if let known {
            guard known.settings == fresh.settings || run.force else {
                throw Failure(
                    .badData,
                    resuming == nil
                        ? "'\(path)' is another job of this output"
                        : "the job's options name files that have changed",
                    hint: "--force begins anew; or go on with: animoctl run --resume \(JobReport.quoted(path))")
            }
            if known.settings == fresh.settings { try merge(known, into: &fresh, force: run.force) }
        }
        for item in fresh.items where item.stage != .done && !run.force {
            // A folder of pictures that this job has begun is its own.
            let isOwn = known?.items.contains { $0.output == item.output } ?? false
            guard DurableFile.exists(item.output), !isOwn else { continue }
            throw Failure(.cannotWrite, "'\(item.output)' exists already", hint: "--force replaces it")
        }
        return fresh
    }

    /// Takes over what is done, where its inputs are what they were.
    private static func merge(_ known: JobState, into fresh: inout JobState, force: Bool) throws {
        func changed(_ what: String) throws {
            guard force else {
                throw Failure(.badData, "\(what) has changed since the job began", hint: "--force begins anew")
            }
        }
        guard known.model == fresh.model else { return try changed("the daemon's model") }
        guard known.ffmpeg == fresh.ffmpeg else { return try changed("ffmpeg") }
        fresh.threads = known.threads
        fresh.readings = known.readings
        for (index, item) in fresh.items.enumerated() {
            guard let before = known.items.first(where: { $0.output == item.output }) else { continue }
            guard before.sourceDigest == item.sourceDigest else {
                try changed("'\(item.source)'")
                continue
            }
            guard before.drivingDigest == item.drivingDigest else {
                try changed("'\(item.driving)'")
                continue
            }
            // What failed is tried again.
            if before.stage == .done, DurableFile.exists(before.output) { fresh.items[index] = before }
        }
    }

    // MARK: Performing

    private func perform(_ drawing: Wire.DrawOptions, _ unreadable: [String: Failure]) async throws {
        do {
            try folder.save(state)
            var failures: [Failure] = []
            for index in state.items.indices where state.items[index].stage != .done {
                do {
                    if let failure = unreadable[plan.items[index].driver.path] { throw failure }
                    if let damage = try await perform(index, drawing) {
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
                    // Nobody is there for the next one either.
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

    /// Frames that other items still take, for the time that is told.
    private func waiting(after index: Int, drawing: Int) -> [JobProgress.Stage: Int] {
        var waiting: [JobProgress.Stage: Int] = [.drawing: drawing]
        var read = Set(state.readings.keys)
        for later in state.items.indices where later > index && state.items[later].stage != .done {
            guard let driver = drivers[plan.items[later].driver.path] else { continue }
            waiting[.drawing, default: 0] += driver.expected ?? 0
            if read.insert(inputs.readingDigest(state.items[later], driver)).inserted {
                waiting[.reading, default: 0] += driver.expected ?? 0
            }
        }
        return waiting
    }

    /// One item, from what is there of it.
    ///
    /// - Returns: why it is there in part only; nil where it is whole.
    private func perform(_ index: Int, _ drawing: Wire.DrawOptions) async throws -> String? {
        let item = plan.items[index]
        guard let driver = drivers[item.driver.path] else { throw Failure(.software, "the driver was not looked at") }
        progress.tell(
            "item_started",
            [
                "item": .integer(index + 1), "source": .string(item.source), "driving": .string(item.driver.path),
                "output": .string(item.output),
            ])
        // The source first: where it has no head, nothing needs to be read.
        let bytes = try await runBlocking { try InputFile.read(item.source, as: "--source") }
        let source = try run.source.wire(bytes, for: inputs.model, pasted: drawing.pasteBack)
        let held = try await daemon.client.hold(
            Wire.PutSourceRequest(model: inputs.model.name, source: source), timeout: daemon.timeout)
        let sound = try await inputs.sound(driver, item.kind)

        let digest = inputs.readingDigest(state.items[index], driver)
        let reading = try await read(index, driver, digest)
        state.items[index].frames = reading.frames
        guard reading.missing == 0 || run.onNoHead != .fail else {
            throw Failure(.badData, "\(Quantity.count(reading.missing, "frame")) of the driver without a head")
        }
        state.items[index].stage = .drawing
        try folder.save(state)
        try await draw(index, item, driver, held, reading, digest, sound, drawing)
        return reading.damage.map { "in part: \($0)" }
    }

    private func read(_ index: Int, _ driver: DriverPlan, _ digest: String) async throws -> JobState.Reading {
        let journal = folder.journal(digest)
        if let known = state.readings[digest], DurableFile.exists(journal) { return known }
        state.items[index].stage = .reading
        try folder.save(state)
        let domain = try inputs.drivingDomain(driver.input)
        let header = DriverReading.header(driver, inputs.motion, domain: domain)
        let lines = try await runBlocking { try MotionJournal(journal, header: header) }
        progress.begin(
            .reading, item: index + 1, label: plan.items[index].label, done: lines.frames, total: driver.expected,
            waiting: waiting(after: index, drawing: driver.expected ?? 0))
        let reading = DriverReading(
            plan: driver, motion: inputs.motion, model: inputs.model, daemon: daemon,
            framing: try inputs.framing(driver.input), mapping: run.mapping.wire, together: run.jobs,
            tools: inputs.tools, progress: progress)
        let result = try await reading.run(into: lines)
        try await checkModel()
        state.readings[digest] = result
        try folder.save(state)
        try keepMotion(driver, journal)
        return result
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

    /// `--motion-out`
    private func keepMotion(_ driver: DriverPlan, _ journal: String) throws {
        guard let output = run.motionOut else { return }
        var file = output
        if Set(plan.items.map(\.driver.path)).count > 1 || DurableFile.isFolder(output) {
            try DurableFile.makeFolder(output)
            let pairs = Set(plan.items.map(\.driver.path)).sorted().map { ItemNames.Pair(source: "", driving: $0) }
            let names = ItemNames.names(of: pairs, ending: ".jsonl")
            let index = pairs.firstIndex { $0.driving == driver.input.path } ?? 0
            file = output + "/" + (pairs.count == 1 ? "motion.jsonl" : names[index])
        }
        try DurableFile.write(try InputFile.read(journal, as: "the motion"), to: file)
    }

    private func draw(
        _ index: Int, _ item: JobPlan.Item, _ driver: DriverPlan, _ held: HeldSource, _ reading: JobState.Reading,
        _ digest: String, _ sound: VideoJoining.Sound?, _ drawing: Wire.DrawOptions
    ) async throws {
        let journal = folder.journal(digest)
        let control = JobControl(
            run: run, settings: settings, model: inputs.model, motion: inputs.motion, daemon: daemon)
        var domain = try inputs.drivingDomain(driver.input)
        if case .recording(let file) = driver.input, RecordedFile.domain(file) == "anime" { domain = .anime }
        let states = try await control.plan(held, journal: journal, rate: driver.rate, drivingDomain: domain)
        let sink: any FrameSink
        var segments: SegmentSink?
        if item.kind.isPictures {
            if item.isSequence { try DurableFile.makeFolder(item.output) }
            sink = PictureSink(kind: item.kind, output: item.output, isSequence: item.isSequence)
        } else {
            guard let tools = inputs.tools else { throw Failure(.software, "ffmpeg was not looked for") }
            let encoding = VideoEncoding(
                kind: item.kind, hasAlpha: run.keepsAlpha(item.kind), rate: driver.rate, threads: state.threads)
            let made = try SegmentSink(
                Segments(frames: reading.frames), of: index, in: folder, encoding, tools
            ) { [progress] in progress.warn("\(item.output): \($0)") }
            (sink, segments) = (made, made)
        }
        var options = drawing
        options.format = sink.format(pixels: try pixels(held, pasted: drawing.pasteBack))
        warnOfDisk(item, held, frames: reading.frames)
        let stage = DrawStage(
            daemon: daemon, held: held, options: options, relative: control.relative(states), model: state.model,
            progress: progress)
        let present = (0..<reading.frames).count { sink.has($0) }
        progress.begin(
            .drawing, item: index + 1, label: item.label, done: present, total: reading.frames,
            waiting: waiting(after: index, drawing: 0))
        try await stage.draw(reading.frames, into: sink) { try MotionStates(states, journal: journal) }
        guard let segments, let tools = inputs.tools else { return }
        try await join(
            index, item, segments.files, Segments(frames: reading.frames), at: driver.rate, sound, tools)
    }

    private func pixels(_ held: HeldSource, pasted: Bool) throws -> Int {
        let prepared = held.prepared
        guard pasted, let data = held.request.source?.picture?.data else {
            return Int(prepared.width) * Int(prepared.height)
        }
        return try PictureFile.pixels(of: data)
    }

    private func warnOfDisk(_ item: JobPlan.Item, _ held: HeldSource, frames: Int) {
        let pixels = Double(held.prepared.width) * Double(held.prepared.height)
        let perPixel = item.kind.isPictures || run.keepsAlpha(item.kind) ? 1.0 : 0.15
        let estimate = pixels * Double(frames) * perPixel
        guard let free = DurableFile.freeBytes(at: folder.path), free < 2 * estimate else { return }
        progress.warn(
            "\(item.output): about \(Quantity.bytes(UInt64(estimate))) to write, "
                + "\(Quantity.bytes(UInt64(max(0, free)))) are free")
    }

    /// Segments become the output, which has its name only when it is whole.
    private func join(
        _ index: Int, _ item: JobPlan.Item, _ files: [String], _ segments: Segments, at rate: FrameRate,
        _ sound: VideoJoining.Sound?, _ tools: FFmpegTools
    ) async throws {
        let place = folder.segments(of: index)
        let (list, palette) = (place + "/list.txt", place + "/palette.png")
        try DurableFile.write(VideoJoining.list(files, segments, at: rate).pathBytes, to: list)
        let joining = VideoJoining(kind: item.kind, sound: sound, hasAlpha: run.keepsAlpha(item.kind))
        if joining.encodesSound, let sound {
            progress.warn("\(item.output): \(item.kind.rawValue) takes no \(sound.codec); its sound is encoded anew")
        }
        let part = item.output + ".part"
        _ = part.withPathBytes { unlink($0) }
        do {
            if item.kind == .gif {
                try await tools.run(VideoJoining.paletteArguments(list: list, to: palette), for: "choosing colours")
            }
            try await tools.run(joining.arguments(list: list, palette: palette, to: part), for: "joining")
            let output = item.output
            try await runBlocking { try DurableFile.name(part, output) }
        } catch {
            _ = part.withPathBytes { unlink($0) }
            throw error
        }
        DurableFile.removeFolder(place)
    }
}
