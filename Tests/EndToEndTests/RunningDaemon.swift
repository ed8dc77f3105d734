import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Synchronization

/// The real `animod` in a process of its own, under a service manager that this test plays.
///
/// `start` returns when the daemon has said READY. The process is killed with this object.
final class RunningDaemon: Sendable {
    /// The state told to the service manager by the time of READY.
    let firstReport: [String: String]
    let folder: TemporaryFolder
    let manager: NotifySocket
    private let process: DaemonProcess

    /// It ended without saying READY.
    struct EndedEarly: Error, CustomStringConvertible {
        let status: Int32
        let errors: String
        var description: String { "animod ended with \(status): \(errors)" }
    }

    /// The path of the Unix socket that `start` lets it listen on.
    static let socketName = "animod.sock"
    var socketPath: String { folder.path(Self.socketName) }

    /// Starts animod with `arguments` in a folder of its own, listening on `animod.sock` there unless told otherwise.
    ///
    /// - Parameter launcher: a program and its first arguments, which shall execute animod in its own process.
    static func start(
        _ arguments: [String] = [], listen: [String]? = nil, in folder: TemporaryFolder? = nil,
        launcher: [String] = [], environment: [String: String] = [:]
    ) async throws -> RunningDaemon {
        let folder = try folder ?? TemporaryFolder()
        let manager = try NotifySocket()
        let addresses = listen ?? ["unix:\(folder.path(socketName))"]
        let command =
            launcher + [Binaries.animod.path] + addresses.flatMap { ["--listen", $0] } + ["--threads", "2"] + arguments
        let process = try DaemonProcess(command, folder: folder, manager: manager, environment: environment)
        let report = try await manager.receive { $0["READY"] == "1" || $0[DaemonProcess.ended] != nil }
        guard report["READY"] == "1" else {
            throw EndedEarly(status: await process.status, errors: process.errors)
        }
        return RunningDaemon(report: report, folder: folder, manager: manager, process: process)
    }

    /// Runs animod to its end, which it shall find by itself: the exit code and what it wrote to standard error.
    static func refusal(_ arguments: [String]) async throws -> (status: Int, errors: String) {
        let result = try await Command.run(Binaries.animod, arguments)
        return (result.status, result.errors)
    }

    private init(report: [String: String], folder: TemporaryFolder, manager: NotifySocket, process: DaemonProcess) {
        firstReport = report
        self.folder = folder
        self.manager = manager
        self.process = process
    }

    var identifier: Int32 { process.identifier }

    /// Standard error so far.
    var errors: String { process.errors }

    /// Where it listens, as it says itself: a port of 0 has become a real one.
    var addresses: [Address] { addresses(after: "listening") }

    /// The addresses on the lines of this message.
    func addresses(after message: String) -> [Address] {
        errors.split(separator: "\n").compactMap { line in
            guard line.contains(" \(message) "),
                let field = line.split(separator: " ").last(where: { $0.hasPrefix("address=") })
            else { return nil }
            return try? Address(parsing: String(field.dropFirst("address=".count)))
        }
    }

    /// A client of the first address.
    func client() async throws -> AnimoClient {
        guard let address = addresses.first else { throw EndedEarly(status: 0, errors: errors) }
        return try await AnimoClient.connect(to: address)
    }

    func signal(_ number: Int32) { kill(process.identifier, number) }

    /// The exit code, or the negated number of the signal that ended it; waits for the end.
    var status: Int32 { get async { await process.status } }

    /// Sends SIGTERM, waits, and returns the exit code.
    func stop() async -> Int32 {
        signal(SIGTERM)
        return await status
    }
}

/// A process whose end is told to the service manager's socket, so that nobody waits for a word from the dead.
private final class DaemonProcess: Sendable {
    /// Text in the socket when the process has ended.
    static let ended = "TEST_ENDED"

    let identifier: Int32
    private let errorFile: URL
    private let end: Task<Int32, Never>

    init(_ command: [String], folder: TemporaryFolder, manager: NotifySocket, environment: [String: String]) throws {
        errorFile = folder.url.appendingPathComponent("animod-\(UUID().uuidString.prefix(8)).err")
        try Data().write(to: errorFile)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment
            .merging(["NOTIFY_SOCKET": manager.address]) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = try FileHandle(forWritingTo: errorFile)
        defer { try? errors.close() }
        process.standardError = errors

        let (ends, continuation) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            let code = process.terminationStatus
            continuation.yield(process.terminationReason == .exit ? code : -code)
            continuation.finish()
            try? manager.send("\(DaemonProcess.ended)=1")
        }
        try process.run()
        identifier = process.processIdentifier
        end = Task {
            for await status in ends { return status }
            return -1
        }
    }

    deinit { kill(identifier, SIGKILL) }

    var status: Int32 { get async { await end.value } }

    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }
}
