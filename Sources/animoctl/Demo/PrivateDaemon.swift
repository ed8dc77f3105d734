import AnimoWire
import Foundation
import Synchronization

/// An `animod` of our own, on a socket nobody else sees, for as long as a demonstration takes.
final class PrivateDaemon: Sendable {
    let address: Address
    private let folder: String
    private let process: Mutex<Process?>

    /// Starts `animod` on the built-in model.
    ///
    /// - Throws: `Failure` 69 where it cannot be started.
    init(executable: String) throws {
        folder = try Self.temporaryFolder()
        let socket = folder + "/animod.sock"
        let log = folder + "/animod.log"
        address = .unix(socket)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = ["--listen", "unix:" + socket]
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
        process.standardOutput = output
        process.standardError = output
        process.environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"]
                .contains(name)
        }
        self.process = Mutex(process)
        Interruption.beforeExit { [self] in stop() }
        do {
            try process.run()
        } catch {
            throw Failure(.unavailable, "'\(executable)' cannot be started")
        }
    }

    /// Waits until it answers, and says so over a connection of ours.
    func connection() async throws -> Daemon {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            try Task.checkCancellation()
            guard process.withLock({ $0?.isRunning ?? false }) else { throw failure("ended before it was ready") }
            if access(folder + "/animod.sock", F_OK) == 0,
                let daemon = try? await Daemon.connect(to: address, timeout: .seconds(60))
            {
                if let status = try? await daemon.client.check().status, status == .serving { return daemon }
                await daemon.client.close()
            }
            guard ContinuousClock.now < deadline else { throw failure("is not ready after 30 s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Resident bytes and the like are asked over the wire; this is what it said on its way out.
    private func failure(_ what: String) -> Failure {
        let log = (try? String(contentsOfFile: folder + "/animod.log", encoding: .utf8)) ?? ""
        let last = log.split(separator: "\n").last.map { ": \($0)" } ?? ""
        return Failure(.unavailable, "animod \(what)\(last)")
    }

    /// Ends it in order, with force after three seconds, and takes its folder away. May be called twice.
    func stop() {
        let process = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let process else { return }
        if process.isRunning {
            process.terminate()
            for _ in 0..<300 where process.isRunning { usleep(10_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Short, since a socket's path may have 107 bytes.
    private static func temporaryFolder() throws -> String {
        var template = Array("/tmp/animoctl-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(.cannotWrite, "no folder can be made in /tmp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Where `animod` is.
enum DaemonExecutable {
    /// Beside this program, then in PATH.
    static func find(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String {
        var folders: [String] = []
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            folders.append(URL(fileURLWithPath: own).deletingLastPathComponent().path)
        } else {
            folders.append(URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path)
        }
        folders += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in folders {
            let path = folder + "/animod"
            if access(path, X_OK) == 0 { return path }
        }
        throw Failure(
            .unavailable, "animod is neither beside animoctl nor in PATH",
            hint: "build it: swift build -c release --product animod")
    }
}
