import AnimoCLI
import AnimoServer

/// An error at the start, with the exit code that a service manager acts on (sysexits.h).
struct StartFailure: Error {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    init(_ failure: ModelLoadFailure) {
        self.init(failure.code == .missing ? .notFound : .badData, failure.message)
    }

    static func setting(_ key: String, _ message: String) -> StartFailure {
        StartFailure(.configuration, "configuration: \(key): \(message)")
    }
}
