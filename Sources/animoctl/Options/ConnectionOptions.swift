import AnimoCLI
import AnimoClient
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

    @Option(
        help: ArgumentHelp(
            "A file with the token to show over TCP. (default: $ANIMO_TOKEN_FILE)", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Speak TLS with a daemon whose certificate this authority signed (PEM).", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("Certificate to show to it (PEM), with --tls-key.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) || (tlsCertificate != nil && tlsCa == nil) {
            throw ValidationError("--tls-certificate, --tls-key and --tls-ca go together")
        }
        if let timeout, !(timeout.isFinite && timeout > 0 && timeout <= 86_400) {
            throw ValidationError("--timeout: expected seconds above 0, at most 86400, got \(Quantity.plain(timeout))")
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

    func credentials(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Credentials {
        var credentials = Credentials()
        if let file = tokenFile ?? environment["ANIMO_TOKEN_FILE"], !file.isEmpty {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8),
                let token = text.split(whereSeparator: \.isNewline).first
            else { throw Failure(.notFound, "--token-file: no such file, or it holds no token") }
            credentials.token = token.trimmingCharacters(in: .whitespaces)
        }
        guard let tlsCa else { return credentials }
        let own = tlsCertificate.flatMap { certificate in tlsKey.map { (file: certificate, key: $0) } }
        do throws(RPCError) {
            credentials.security = try ClientSecurity(authority: tlsCa, certificate: own)
        } catch {
            throw Failure(.configuration, error.message)
        }
        return credentials
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
