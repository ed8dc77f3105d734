import AnimoCLI
import AnimoConcurrency
import AnimoJSON
import AnimoJobs
import Foundation

/// The state that a job begins or goes on with.
struct InitialJobState: Sendable {
    let run: Run
    let plan: JobPlan
    /// The job's folder.
    let path: String
    /// State that `--resume` found; nil for a command of its own.
    let resuming: JobState?
    /// The command's arguments.
    let command: [String]
    let model: ServedModel
    /// The daemon's version.
    let daemon: String
    let tools: FFmpegTools?

    /// - Returns: the state, and the numbers of the items whose partial output can be trusted.
    /// - Throws: `Failure` 73 where an output is there already, 65 where an input has changed.
    func make() async throws -> (state: JobState, resumed: Set<Int>) {
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
        // A profile may change between two runs.
        if run.control.profile != nil { files.append(JSONValue.object(try run.settings().json).text) }
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
        var resumed: Set<Int> = []
        if let known {
            guard known.settings == fresh.settings || run.force else {
                throw Failure(
                    .badData,
                    resuming == nil
                        ? "'\(path)' is another job of this output"
                        : "the job's options name files that have changed",
                    hint: "--force begins anew; or go on with: animoctl run --resume \(JobReport.quoted(path))")
            }
            if known.settings == fresh.settings { resumed = try merge(known, into: &fresh) }
        }
        for item in fresh.items where item.stage != .done && !run.force {
            // A folder of pictures that this job has begun is its own.
            let isOwn = known?.items.contains { $0.output == item.output } ?? false
            guard DurableFile.exists(item.output), !isOwn else { continue }
            throw Failure(.cannotWrite, "'\(item.output)' exists already", hint: "--force replaces it")
        }
        return (fresh, resumed)
    }

    /// Takes over finished work whose inputs have not changed.
    ///
    /// - Returns: items that go on from their partial output.
    private func merge(_ known: JobState, into fresh: inout JobState) throws -> Set<Int> {
        func changed(_ what: String) throws {
            guard run.force else {
                throw Failure(.badData, "\(what) has changed since the job began", hint: "--force begins anew")
            }
        }
        guard known.model == fresh.model else {
            try changed("the daemon's model")
            return []
        }
        guard known.ffmpeg == fresh.ffmpeg else {
            try changed("ffmpeg")
            return []
        }
        fresh.threads = known.threads
        fresh.readings = known.readings
        var resumed: Set<Int> = []
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
            // Failed items are tried again.
            if before.stage == .done, DurableFile.exists(before.output) { fresh.items[index] = before }
            // Segments lie under an item's number, which is another one where a folder's files have changed.
            if index < known.items.count, known.items[index].output == item.output { resumed.insert(index) }
        }
        return resumed
    }
}
