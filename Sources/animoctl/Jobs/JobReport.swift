import AnimoCLI
import AnimoJSON
import AnimoJobs

/// Description of a job in words and in JSON.
enum JobReport {
    /// `--status`
    static func printStatus(of path: String, json: Bool) throws {
        guard let state = try JobFolder.state(of: path) else {
            throw Failure(.notFound, "--status: '\(path)' is no folder of a job")
        }
        var isRunning = false
        do {
            withExtendedLifetime(try JobFolder(path, makes: false)) {}
        } catch let error as JobError where error.code == .busy {
            isRunning = true
        }
        guard !json else {
            var object = JSONObject()
            object["running"] = .bool(isRunning)
            object["items"] = .array(state.items.map(Self.json))
            try Terminal.print(JSONValue.object(object).pretty)
            return
        }
        var table = Table(.left("output"), .left("state"), .right("frames"), .left(""))
        for item in state.items {
            table.add(
                item.output, item.stage.rawValue, item.frames.map(JobProgress.grouped) ?? "", item.message ?? "")
        }
        let done = state.items.count { $0.stage == .done }
        try Terminal.print(
            table.render() + "\n\(done) of \(Quantity.count(state.items.count, "item")) done"
                + (isRunning ? ", running\n" : "\nanimoctl run --resume \(quoted(path))\n"))
    }

    static func json(_ item: JobState.Item) -> JSONValue {
        var object = JSONObject()
        object["source"] = .string(item.source)
        object["driving"] = .string(item.driving)
        object["output"] = .string(item.output)
        object["state"] = .string(item.stage.rawValue)
        object["frames"] = item.frames.map { .integer($0) }
        object["code"] = item.code.map { .integer($0) }
        object["message"] = item.message.map { .string($0) }
        return .object(object)
    }

    /// A path as a shell takes it.
    static func quoted(_ path: String) -> String {
        let isPlain = path.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "/._-+=:@,".unicodeScalars.contains(scalar)
        }
        guard !isPlain || path.isEmpty else { return path }
        return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
