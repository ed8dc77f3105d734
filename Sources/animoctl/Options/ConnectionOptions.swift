import AnimoWire
import ArgumentParser
import Foundation

/// Where the daemon is, and how long an answer may take.
struct ConnectionOptions: ParsableArguments {
    static let standardAddress = "unix:/run/animod/animod.sock"

    @Option(
        help: ArgumentHelp(
            "The daemon: unix:PATH or tcp:HOST:PORT. (default: $ANIMO_CONNECT, else \(standardAddress))",
            valueName: "address"))
    var connect: String?

    @Option(help: ArgumentHelp("Give up on an answer after so many seconds. (default: 10)", valueName: "seconds"))
    var timeout: Double?

    func validate() throws {
        if let timeout, !(timeout.isFinite && timeout > 0 && timeout <= 86_400) {
            throw ValidationError("--timeout: expected seconds above 0, got \(Quantity.plain(timeout))")
        }
        if let connect, (try? Address(parsing: connect)) == nil {
            throw ValidationError("--connect: expected unix:PATH or tcp:HOST:PORT, got '\(connect)'")
        }
    }

    func address(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Address {
        if let connect { return try Address(parsing: connect) }
        guard let named = environment["ANIMO_CONNECT"], !named.isEmpty else {
            return try Address(parsing: Self.standardAddress)
        }
        do {
            return try Address(parsing: named)
        } catch {
            throw Failure(.usage, "ANIMO_CONNECT: expected unix:PATH or tcp:HOST:PORT, got '\(named)'")
        }
    }

    var timeoutDuration: Duration? { timeout.map { .seconds($0) } }
}

struct ModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("One of the daemon's models. (default: its first)", valueName: "name"))
    var model = ""
}

struct JSONOptions: ParsableArguments {
    @Flag(help: "Print JSON instead of a table.")
    var json = false
}
