import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation

/// The server around an engine of known cost, in a process of its own. Its pictures are 32×32: red is the source's
/// first byte, green the first number of the motion, which is the first byte of a driving frame.
final class RunningFakeServer: Sendable {
    let folder: TemporaryFolder
    let socket: String
    private let process: Int32

    /// - Parameter cost: milliseconds that each drawing takes.
    static func start(cost: Double = 0, at socket: String? = nil) async throws -> RunningFakeServer {
        let folder = try TemporaryFolder()
        let path = socket ?? folder.path("s.sock")
        let process = Process()
        process.executableURL = Binaries.animoctl.deletingLastPathComponent().appendingPathComponent("animofake")
        process.arguments = ["--listen", "unix:\(path)", "--cost", "\(cost)"]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let daemon = RunningFakeServer(folder, path, process.processIdentifier)
        var retry = RetryPolicy()
        retry.tries = 200
        let client = try await AnimoClient.connect(to: .unix(path), retry: retry)
        await client.close()
        return daemon
    }

    private init(_ folder: TemporaryFolder, _ socket: String, _ process: Int32) {
        (self.folder, self.socket, self.process) = (folder, socket, process)
    }

    deinit { kill(process, SIGKILL) }

    func end() { kill(process, SIGKILL) }

    /// Calls of a method that succeeded.
    func calls(_ method: String) async throws -> UInt64 {
        let client = try await AnimoClient.connect(to: .unix(socket))
        let status = try await client.status()
        await client.close()
        return status.requests.first { $0.name.hasPrefix(method + " OK") }?.value ?? 0
    }
}
