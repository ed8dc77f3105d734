import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the daemon's arithmetic against reference loops and goldens.",
        usage: "animoctl verify [<options>]",
        discussion: """
            Example:
              animoctl verify && echo the numbers are right

            The daemon renders seeded inputs by its fast kernels and by the plain reference
            loops; the built-in model is also compared with the golden in the binary. Exit
            code 65 if a stage differs by more than its limit.
            """)

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let reply = try await Daemon.with(connection) { daemon in
            ProgressLine.shared.show("verifying …", force: true)
            defer { ProgressLine.shared.clear() }
            return try await daemon.client.verify(model: models.model, timeout: daemon.timeout ?? .seconds(300))
        }
        try Terminal.print(printing.json ? Self.json(reply).pretty : Self.text(reply))
        guard reply.passed else {
            let failed = reply.stages.filter { !($0.difference <= $0.limit) }.map(\.name)
            throw Failure(
                .badData, "verification failed: \(failed.joined(separator: ", ")) differ by more than the limit")
        }
    }

    static func text(_ reply: Wire.VerifyReply) -> String {
        var table = Table(.left("stage"), .left("against"), .right("difference"), .right("limit"), .left(""))
        for stage in reply.stages {
            table.add(
                stage.name, stage.against, Quantity.scientific(stage.difference), Quantity.scientific(stage.limit),
                stage.difference <= stage.limit ? "ok" : "FAIL (exceeds tolerance)")
        }
        let passed = reply.passed ? "passed" : "FAILED"
        return table.render() + "\n\(passed): \(Quantity.count(reply.stages.count, "stage"))\n"
    }

    static func json(_ reply: Wire.VerifyReply) -> JSONValue {
        let stages = reply.stages.map { stage in
            JSONValue.object([
                "name": .string(stage.name), "against": .string(stage.against),
                "difference": stage.difference.isFinite ? .number(stage.difference) : .null,
                "limit": .number(stage.limit), "passed": .bool(stage.difference <= stage.limit),
            ])
        }
        return .object(["passed": .bool(reply.passed), "stages": .array(stages)])
    }
}
