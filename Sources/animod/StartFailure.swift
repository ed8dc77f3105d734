import AnimoServer

/// Why the daemon did not start, with the exit code that a service manager acts on (sysexits.h).
struct StartFailure: Error {
    enum Code: Int32 {
        case data = 65, noInput = 66, unavailable = 69, configuration = 78
    }

    let code: Int32
    let message: String

    init(code: Code, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    init(_ failure: ModelLoadFailure) {
        self.init(code: failure.code == .missing ? .noInput : .data, failure.message)
    }

    static func setting(_ key: String, _ message: String) -> StartFailure {
        StartFailure(code: .configuration, "configuration: \(key): \(message)")
    }
}
