import AnimoClient
import AnimoWire
import Foundation
import Synchronization

/// A child process, `animod` or one with the same interface, on a private socket, for the length of a demonstration or
/// a measurement.
package final class PrivateDaemon: Sendable {
    /// It could not be started, or ended early; in words for a person.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        /// Message for a person, with the daemon's last log line.
        package let description: String
    }

    /// Address of the private socket.
    package let address: Address
    private let folder: String
    private let name: String
    private let process: Mutex<Process?>
    private let identifier: Int32
    private let lifeline: Lifeline?

    /// Starts `executable`: `animod`, on the built-in model and what was fetched unless `arguments` name others. The
    /// caller stops it.
    package init(executable: String, arguments: [String] = []) throws(Failure) {
        folder = try Self.temporaryFolder()
        name = URL(fileURLWithPath: executable).lastPathComponent
        let socket = folder + "/animod.sock"
        let log = folder + "/animod.log"
        address = .unix(socket)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = ["--listen", "unix:" + socket] + arguments
        process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
        process.standardOutput = output
        process.standardError = output
        process.environment = ProcessInfo.processInfo.environment.filter { name, _ in
            !["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID"]
                .contains(name)
        }
        do {
            try process.run()
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw Failure(description: "cannot start '\(executable)'; expected an executable file")
        }
        identifier = process.processIdentifier
        self.process = Mutex(process)
        lifeline = Lifeline(ending: identifier, removing: folder)
    }

    /// Waits until it serves, for two minutes at most, and returns the connection on which it did.
    package func connection() async throws -> AnimoClient {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            try Task.checkCancellation()
            guard process.withLock({ $0?.isRunning ?? false }) else { throw failure("ended before it was ready") }
            if access(folder + "/animod.sock", F_OK) == 0,
                let client = try? await AnimoClient.connect(to: address, retry: .never)
            {
                if let status = try? await client.check().status, status == .serving { return client }
                await client.close()
            }
            guard ContinuousClock.now < deadline else { throw failure("is not ready after two minutes") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Processor time it has used, of all its threads; nil where the system does not say.
    package var processorSeconds: Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // Behind the name, which may hold blanks: state is field 3, utime and stime are 14 and 15.
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resources that a process holds.
    package struct Resources: Sendable, Equatable {
        /// Resident memory, in bytes.
        package let residentBytes: Int
        /// Open files and sockets.
        package let descriptors: Int
        /// Threads.
        package let threads: Int
    }

    /// nil where the system does not say, or the daemon is gone.
    package var resources: Resources? {
        let own = "/proc/\(identifier)"
        guard let text = try? String(contentsOfFile: own + "/statm", encoding: .utf8),
            let descriptors = try? FileManager.default.contentsOfDirectory(atPath: own + "/fd"),
            let threads = try? FileManager.default.contentsOfDirectory(atPath: own + "/task")
        else { return nil }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Resources(
            residentBytes: pages * sysconf(Int32(_SC_PAGESIZE)), descriptors: descriptors.count, threads: threads.count)
    }

    /// Indicates whether it has ended, of itself or by someone else.
    package var hasEnded: Bool { process.withLock { !($0?.isRunning ?? false) } }

    private func failure(_ what: String) -> Failure {
        let log = (try? String(contentsOfFile: folder + "/animod.log", encoding: .utf8)) ?? ""
        let last = log.split(separator: "\n").last.map { ": \($0)" } ?? ""
        return Failure(description: "\(name) \(what)\(last)")
    }

    /// Ends it in order, with force after three seconds, and takes its folder away. May be called twice.
    package func stop() {
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
        lifeline?.cut()
    }

    /// Short, since a socket's path may have 107 bytes.
    private static func temporaryFolder() throws(Failure) -> String {
        var template = Array("/tmp/animod-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(description: "cannot make a folder in /tmp; expected it to be writable")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
