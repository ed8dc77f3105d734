import AnimoTestSupport
import Foundation

/// A Python of its own with packages from PyPI that send what trackers send.
struct IndependentSenders {
    private static let packages = ["python-osc==1.10.2", "pylivelinkface==0.1"]

    private let folder: TemporaryFolder

    /// The interpreter.
    var python: URL { folder.url.appendingPathComponent("senders/bin/python3") }

    /// - Returns: nil where Python, its venv or PyPI is not at hand.
    static func installed(by system: URL) async throws -> IndependentSenders? {
        let senders = IndependentSenders(folder: try TemporaryFolder())
        let made = try await Command.run(system, ["-m", "venv", senders.folder.path("senders")])
        guard made.status == 0 else { return nil }
        let installation = try await Command.run(
            senders.python, ["-m", "pip", "install", "--quiet", "--timeout", "10", "--retries", "0"] + packages)
        return installation.status == 0 ? senders : nil
    }
}
