import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask whether the daemon serves. Exit code 0, else 69.",
        usage: "animoctl health [--ready|--live] [<options>]",
        discussion: """
            Examples:
              animoctl health --ready && echo accepts work
              animoctl health --live || systemctl restart animod

            --ready asks whether it accepts work (a draining daemon does not), --live only
            whether it answers.
            """)

    @Flag(help: "Does it accept work? (the default)")
    var ready = false

    @Flag(help: "Does it answer at all?")
    var live = false

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func validate() throws {
        if ready, live { throw ValidationError("expected --ready or --live, got both") }
    }

    func run() async throws {
        let status = try await Daemon.with(connection) { daemon in
            try await daemon.client.check(service: models.model, timeout: daemon.timeout ?? .seconds(5)).status
        }
        let words = Self.words(status)
        let passed = live || status == .serving
        try Terminal.print(
            printing.json
                ? JSONValue.object(["status": .string(words)]).pretty
                : (live && status != .serving ? "answers (\(words))" : words) + "\n")
        guard passed else { throw Failure(.unavailable, "expected the daemon to be serving, got: \(words)") }
    }

    static func words(_ status: Wire.HealthCheckResponse.ServingStatus) -> String {
        switch status {
        case .serving: "serving"
        case .notServing: "not serving"
        case .unknown: "unknown"
        case .serviceUnknown: "no such model"
        }
    }
}
