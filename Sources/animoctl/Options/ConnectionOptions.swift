import AnimoFiles
import AnimoCLI
import AnimoClient
import AnimoWire
import ArgumentParser
import Foundation

/// Address of the daemon, credentials, and the time limit of an answer.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon: unix:PATH or tcp:HOST:PORT. (default: $ANIMO_CONNECT, else the user's own daemon in "
                + "$XDG_RUNTIME_DIR/animod where there is one, else \(Address.standard))",
            valueName: "address"))
    var connect: String?

    @Option(help: ArgumentHelp("Seconds to wait for an answer. (default: 10)", valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp(
            "File of the bearer token to send over TCP. (default: $ANIMO_TOKEN_FILE)", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Use TLS, and trust daemons whose certificate this authority signed (PEM).", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("Client certificate to present (PEM), with --tls-key.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("Private key of the client certificate (PEM).", valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) || (tlsCertificate != nil && tlsCa == nil) {
            throw ValidationError("--tls-certificate and --tls-key: expected both, together with --tls-ca")
        }
        if let timeout, !(timeout.isFinite && timeout > 0 && timeout <= 86_400) {
            throw ValidationError("--timeout: expected seconds above 0, at most 86400, got \(Quantity.plain(timeout))")
        }
        if let connect {
            do { _ = try Address(parsing: connect) } catch { throw ValidationError("--connect: \(error.message)") }
        }
    }

    /// Whether a daemon was named, by the option or the environment.
    var isNamed: Bool { connect != nil || !(ProgramEnvironment.all["ANIMO_CONNECT"] ?? "").isEmpty }

    func address(environment: [String: String] = ProgramEnvironment.all) throws -> Address {
        if let connect { return try Address(parsing: connect) }
        if let named = environment["ANIMO_CONNECT"], !named.isEmpty {
            do { return try Address(parsing: named) } catch {
                throw Failure(.usage, "ANIMO_CONNECT: \(error.message)")
            }
        }
        if let own = Address.own(environment: environment), case .unix(let path) = own, Self.isOwnSocket(path) {
            return own
        }
        return .standard
    }

    /// Returns whether a socket of this user lies there; another's could be anybody's.
    private static func isOwnSocket(_ path: String) -> Bool {
        var information = stat()
        return path.withPathBytes { stat($0, &information) } == 0 && information.st_mode & S_IFMT == S_IFSOCK
            && information.st_uid == getuid()
    }

    func credentials(environment: [String: String] = ProgramEnvironment.all) throws -> Credentials {
        var credentials = Credentials()
        if let file = tokenFile ?? environment["ANIMO_TOKEN_FILE"], !file.isEmpty {
            guard let bytes = try? InputFile.read(file, as: "--token-file"),
                let token = String(decoding: bytes.withoutByteOrderMark, as: UTF8.self).split(
                    whereSeparator: \.isNewline
                ).first
            else {
                throw Failure(
                    .notFound, "--token-file: expected a readable file with a token on its first line, got '\(file)'")
            }
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
