import AnimoCLI
import AnimoClient
import AnimoFiles
import AnimoJobs
import AnimoWire
import Foundation

/// Begins or resumes a job: checks everything before anything is made.
enum JobStart {
    /// Resumes a job with its command's arguments, in the folder of that command; the daemon may be another one.
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
        let rendering = try run.rendering()
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
                let (state, resumed) = try await InitialJobState(
                    run: run, plan: plan, path: path, resuming: resuming, command: command, model: model,
                    daemon: version, tools: tools
                ).make()
                let folder = try JobFolder(path, makes: true)
                for index in plan.items.indices where state.items[index].stage != .done && !resumed.contains(index) {
                    DurableFile.removeFolder(folder.segments(of: index))
                    plan.items[index].removePictures()
                }
                let runner = JobRunner(inputs, daemon, folder, plan, drivers, progress, settings, state)
                Interruption.windDown { [stop = runner.stop] in stop.ask() }
                try await runner.perform(rendering, unreadable)
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

    /// Client that waits for a lost daemon to return.
    private static func patient(_ run: Run) async throws -> Daemon {
        var retry = RetryPolicy()
        retry.tries = max(4, run.wait + 8)
        let wait = max(Duration.seconds(run.wait), run.connection.timeoutDuration ?? .seconds(10))
        let client = try await AnimoClient.connect(
            to: try run.connection.address(), retry: retry, credentials: try run.connection.credentials())
        return Daemon(client: client, timeout: wait)
    }
}
