import AnimoCLI
import AnimoLoad
import AnimoWire
import ArgumentParser
import Foundation

struct ReliabilityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reliability", abstract: "Abuses a server and measures the effect on its good clients.",
        usage: "animobench reliability --scenario <name> [--quick|--release] [<options>]",
        discussion: """
            Examples:
              animobench reliability --scenario malformed
              animobench reliability --scenario overload --release --seconds 60 --json
              animobench reliability --scenario idle-connections --real --quick
              animobench reliability --scenario soak --quick

            Scenarios: malformed frames, idle-connections (silent, slow or half open),
            both-ways (both sides write), sessions (one result per frame), overload, soak,
            watchers (that leave while the health changes), decode-flood (pictures that
            are slow to decode), half-frames (4 MiB but for a byte), hogs (one peer takes
            all it can have), siege (all of them at once, beside two good clients).

            The abusers of the last five are peers of their own, by addresses of the
            loopback, on threads of the least priority.

            All but soak abuse the real server around an engine that sleeps: the program
            animofake, which swift build puts beside this one. With --real, and always
            in soak, it is the animod beside this program, on the built-in model unless
            --model names a file; both-ways then has the smallest buffers on the client's
            side alone. Times are reported beside those of a quiet run and never judged;
            a violated invariant ends it with exit code 1.
            """)

    @Option(help: ArgumentHelp("Scenario to run.", valueName: "name"))
    var scenario: Scenario?
    @Option(
        help: ArgumentHelp("The scenario's number in the table of invariants, an alias of --scenario.", valueName: "n"))
    var row: Int?
    @Flag(help: "A hundredth of the tests' size.")
    var quick = false
    @Flag(help: "The size before a release.")
    var release = false
    @Flag(help: "Use the real daemon in every scenario.")
    var real = false
    @Option(
        help: ArgumentHelp(
            "Duration of each overload, and of soak, half-frames, hogs and siege. (default: the size's)",
            valueName: "n"))
    var seconds: Double?
    @Option(
        help: ArgumentHelp("Time the sleeping engine takes for a picture. (default: the scenario's)", valueName: "ms"))
    var cost: Double?
    @Option(help: "Seed of the random numbers.")
    var seed: UInt64 = 1
    @Option(help: ArgumentHelp("A model file for the daemon. (default: the built-in model)", valueName: "file"))
    var model: String?
    @Flag(help: "Print JSON.")
    var json = false

    /// The scenario that was named, either way; nil where none was, or both were.
    private var chosen: Scenario? {
        switch (scenario, row) {
        case (let scenario?, nil): scenario
        case (nil, let row?): Scenario(row: row)
        case (nil, nil), (_?, _?): nil
        }
    }

    private var isReal: Bool { real || chosen == .soak }

    func validate() throws {
        let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
        if scenario != nil, row != nil { throw ValidationError("expected --scenario or --row, got both") }
        if let row, chosen == nil {
            let rows = Scenario.allCases.map { "\($0.row)" }.joined(separator: ", ")
            throw ValidationError("--row: expected one of \(rows), got \(row)")
        }
        if chosen == nil { throw ValidationError("--scenario: expected one of \(names), got none") }
        guard !(quick && release) else { throw ValidationError("expected --quick or --release, got both") }
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds: expected more than 0, got \(seconds)") }
        if let cost, !(cost >= 0) { throw ValidationError("--cost: expected 0 or more, got \(cost)") }
        if cost != nil, isReal {
            throw ValidationError("--cost: expected the sleeping engine, got --real or --scenario soak")
        }
        if model != nil, !isReal {
            throw ValidationError("--model: expected it together with --real or --scenario soak")
        }
    }

    func run() async throws {
        guard let scenario = chosen else { return }
        let name = isReal ? "animod" : "animofake"
        guard let executable = DaemonExecutable.find(name) else {
            throw ValidationError("\(name) not found: expected it beside animobench or in PATH; build it first")
        }
        let settings = try onePeerSettings()
        defer { try? FileManager.default.removeItem(at: settings) }
        let abused = scenario.hasPeers ? Address.tcp(host: "127.0.0.1", port: try freePort()) : nil
        let own =
            isReal
            ? (scenario.hasPeers ? [] : ["--config", settings.path])
                + (model.map { ["--model", $0] } ?? ["--models", "none"])
            : FakeServerArguments.arguments(scenario, cost: cost)
        let arguments = own + (abused.map { ["--listen", "\($0)"] } ?? [])
        let daemon = try PrivateDaemon(executable: executable, arguments: arguments)
        defer { daemon.stop() }
        try await daemon.connection().close()
        var report = try await Trials(
            daemon: daemon, abused: abused ?? daemon.address, size: quick ? .quick : release ? .release : .suite,
            seed: seed, seconds: seconds
        ).run(scenario)
        report.require(!daemon.hasEnded, "the daemon ended before the scenario did")
        print(
            json ? report.json(scenario, seed: seed) : report.text(scenario, seed: seed), terminator: json ? "\n" : "")
        if !report.broken.isEmpty { throw ExitCode.failure }
    }
}

/// Settings of a daemon whose clients are all one peer, which may have all the sessions there are.
private func onePeerSettings() throws -> URL {
    let file = FileManager.default.temporaryDirectory.appending(path: "animobench-\(UUID().uuidString).json")
    try Data(#"{"limits": {"peer_sessions": 64}}"#.utf8).write(to: file)
    return file
}

/// A TCP port that nobody listens on, by the system's choice.
private func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
        }
    }
    guard status == 0 else { throw ValidationError("no TCP port is free on 127.0.0.1") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// The sleeping engine of each row.
private enum FakeServerArguments {
    static func arguments(_ scenario: Scenario, cost: Double?) -> [String] {
        let own: (cost: Double, rest: [String]) =
            switch scenario {
            case .bothWays: (0, ["--buffers", "1"])
            case .sessions: (0.2, [])
            // Its capacity is known beforehand: 1000 ms over the cost.
            case .overload: (10, ["--batch", "1"])
            case .malformed, .idleConnections, .soak, .watchers, .decodeFlood, .halfFrames, .hogs, .siege: (10, [])
            }
        return ["--cost", "\(cost ?? own.cost)"] + own.rest + (scenario.hasPeers ? [] : ["--one-peer"])
    }
}
